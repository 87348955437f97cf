import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Button } from './button.tsx';
import { Hint } from './hint.tsx';

type Props = Omit<ComponentProps<typeof Button>, 'children' | 'size'> & { name: string; icon: LucideIcon };

/** A button that is a picture: its name is for screen readers, and a hint for the rest. */
export function IconButton({ name, icon: Icon, look = 'quiet', ...rest }: Props) {
  return (
    <Hint words={name}>
      <Button look={look} size="icon" aria-label={name} {...rest}>
        <Icon aria-hidden className="size-4" />
      </Button>
    </Hint>
  );
}
