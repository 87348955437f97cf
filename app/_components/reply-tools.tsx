import { createContext, useContext, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

const Place = createContext<HTMLElement | null>(null);

/**
 * Around a reply: what belongs to a piece of it and is no text of it (a code's language, its copy button) is drawn after
 * it, and laid over its place by CSS. So the reply's element holds the model's words alone.
 */
export function WithTools({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return (
    <div className="relative">
      <Place value={place}>{children}</Place>
      <div ref={setPlace} />
    </div>
  );
}

/** `anchor` is the `anchor-name` of what these lie over. */
export function Tools({ anchor, children }: { anchor: string; children: ReactNode }) {
  const place = useContext(Place);
  if (!place) return null;
  return createPortal(
    <div className="tools" style={{ positionAnchor: anchor }}>
      {children}
    </div>,
    place,
  );
}
