import type { Part } from '#lib/protocol/turn.ts';

/** What the model thought before it answered: folded, and no part of the reply's text. */
export function Reasoning({ parts }: { parts: readonly Part[] }) {
  const text = parts.flatMap((part) => (part.type === 'reasoning' && part.text !== '' ? [part.text] : [])).join('\n\n');
  if (text === '') return null;
  return (
    <details data-part="reasoning" className="mb-3 text-sm text-soft">
      <summary className="w-fit cursor-pointer rounded py-1">Reasoning</summary>
      <p className="mt-1 border-l-2 border-line pl-3 whitespace-pre-wrap wrap-anywhere">{text}</p>
    </details>
  );
}
