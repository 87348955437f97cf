import type { ComponentProps } from 'react';

const LOOKS = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong',
  plain: 'border border-line bg-paper text-ink hover:bg-panel',
  quiet: 'text-soft hover:bg-panel hover:text-ink',
  stop: 'border border-danger bg-paper text-danger hover:bg-panel',
} as const;

const SIZES = { normal: 'min-h-10 px-4 text-sm', small: 'min-h-8 px-2.5 text-sm' } as const;

type Props = ComponentProps<'button'> & { look?: keyof typeof LOOKS; size?: keyof typeof SIZES };

export function Button({ look = 'plain', size = 'normal', className = '', type = 'button', ...rest }: Props) {
  const shape = 'inline-flex items-center justify-center gap-1.5 rounded-lg font-medium';
  return <button type={type} className={`${shape} ${SIZES[size]} ${LOOKS[look]} ${className}`} {...rest} />;
}
