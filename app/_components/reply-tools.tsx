import { createContext, useContext, useId, useLayoutEffect, useState, type ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';

/** A `ref`: React gives null only where none of the calls before answered with its end. */
type Watch = (element: HTMLElement | null) => (() => void) | undefined;

const Watching = createContext<Watch>(() => undefined);

/** What a code block gives to its element's `ref`. */
export const useTools = (): Watch => useContext(Watching);

/**
 * Around a reply: what belongs to a piece of it and is no text of it (a code's language, its copy button) is drawn after
 * it, and laid over its place by CSS. So the reply's element holds the model's words alone. Only for code that is in sight
 * or a page away from it: each of these is laid out again whenever the reply grows.
 */
export function WithTools({ children }: { children: ReactNode }) {
  const [near, setNear] = useState<readonly HTMLElement[]>([]);
  const [watch] = useState(() => watchBy(setNear));
  return (
    <div className="relative">
      <Watching value={watch}>{children}</Watching>
      {near.map((code) => (
        <Tools key={numberOf(code)} of={code} language={code.dataset['language'] ?? 'Code'} />
      ))}
    </div>
  );
}

function Tools({ of: code, language }: { of: HTMLElement; language: string }) {
  const anchor = `--code-${useId().replaceAll(/\W/g, '')}`;
  useLayoutEffect(() => {
    code.style.setProperty('anchor-name', anchor);
    return () => void code.style.removeProperty('anchor-name');
  }, [code, anchor]);
  return (
    <div className="tools" style={{ positionAnchor: anchor }}>
      <span className="truncate pl-2.5 text-xs">{language}</span>
      <CopyButton what="code" text={() => (code.textContent ?? '').replace(/\n$/, '')} />
    </div>
  );
}

/** Code that comes fast into sight gets its tools together, so long after the last that did. */
const TOGETHER_MS = 500;

function watchBy(change: (by: (near: readonly HTMLElement[]) => HTMLElement[]) => void): Watch {
  let observer: IntersectionObserver | null = null;
  /** What was seen since they were drawn last: whether the code is near. */
  const seen = new Map<HTMLElement, boolean>();
  let isResting = false;

  function onSeen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) seen.set(target as HTMLElement, isIntersecting);
    if (!isResting) tell();
  }

  function tell(): void {
    const told = new Map(seen);
    seen.clear();
    isResting = told.size > 0;
    if (!isResting) return;
    change((near) => {
      const coming = [...told.keys()].filter((code) => told.get(code) && code.isConnected);
      return [...near.filter((code) => !told.has(code)), ...coming].sort(asTheyStand);
    });
    setTimeout(tell, TOGETHER_MS);
  }

  return (code) => {
    if (!code) return undefined;
    observer ??= new IntersectionObserver(onSeen, { scrollMargin: '100%' });
    observer.observe(code);
    return () => {
      observer?.unobserve(code);
      seen.delete(code);
      change((near) => near.filter((each) => each !== code));
    };
  };
}

const asTheyStand = (a: Node, b: Node) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);

const numbers = new WeakMap<HTMLElement, number>();
let count = 0;
function numberOf(code: HTMLElement): number {
  const known = numbers.get(code) ?? ++count;
  numbers.set(code, known);
  return known;
}
