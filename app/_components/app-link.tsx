import type { ComponentProps, MouseEvent } from 'react';
import { goTo } from '#app/_client/address.ts';

type Props = Omit<ComponentProps<'a'>, 'href'> & { href: string; onFollow?: () => void };

/** A link within the app: followed without loading a page, and still one to open in a new tab, or before scripts run. */
export function AppLink({ href, onFollow, children, ...rest }: Props) {
  function follow(event: MouseEvent): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(href);
    onFollow?.();
  }
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
