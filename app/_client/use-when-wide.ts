import { useEffect, useEffectEvent } from 'react';

/** Tailwind's `md`: from here on the list of conversations stands beside the page. */
const WIDE = '(width >= 48rem)';

/** Acts when a narrow page becomes a wide one: a phone that is turned, a window that is widened. */
export function useWhenWide(act: () => void): void {
  const onWide = useEffectEvent(act);
  useEffect(() => {
    const wide = window.matchMedia(WIDE);
    const onChange = () => wide.matches && onWide();
    wide.addEventListener('change', onChange);
    return () => wide.removeEventListener('change', onChange);
  }, []);
}
