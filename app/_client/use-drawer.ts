import { useEffect, useRef, useState } from 'react';

/** A panel that opens over a narrow page: it takes the focus, Esc closes it, and the focus goes back to what opened it. */
export function useDrawer() {
  const [isOpen, setIsOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    const opened = opener.current;
    panel.current?.focus();
    // Before anything else on the page hears of it: this Esc stops no turn.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      setIsOpen(false);
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKeyDown, { capture: true });
      opened?.focus();
    };
  }, [isOpen]);

  return { isOpen, opener, panel, open: () => setIsOpen(true), close: () => setIsOpen(false) };
}
