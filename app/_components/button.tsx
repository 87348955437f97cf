import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps } from 'react';

const LOOKS = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong',
  plain: 'border border-line bg-paper text-ink hover:bg-panel',
  quiet: 'text-soft hover:bg-panel hover:text-ink',
  stop: 'border border-danger bg-paper text-danger hover:bg-panel',
} as const;

const SIZES = {
  normal: 'min-h-10 px-4 text-sm',
  small: 'min-h-8 px-2.5 text-sm',
  icon: 'size-8 shrink-0',
} as const;

export type ButtonLook = { look?: keyof typeof LOOKS; size?: keyof typeof SIZES };

export const buttonClass = ({ look = 'plain', size = 'normal' }: ButtonLook, more = ''): string =>
  `inline-flex items-center justify-center gap-1.5 rounded-lg font-medium ${SIZES[size]} ${LOOKS[look]} ${more}`;

type Props = Omit<ComponentProps<typeof BaseButton>, 'className'> & ButtonLook & { className?: string };

/** One that is disabled keeps the focus: whoever pressed it is not thrown to the top of the page. */
export function Button({ look, size, className, ...rest }: Props) {
  const shape: ButtonLook = { ...(look && { look }), ...(size && { size }) };
  return <BaseButton focusableWhenDisabled className={buttonClass(shape, className)} {...rest} />;
}
