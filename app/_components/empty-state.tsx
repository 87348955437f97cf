import type { ModelHealth } from '#lib/protocol/message.ts';
import { Button } from './button.tsx';
import { EmbeddedModel } from './model-note.tsx';

const TO_TRY = [
  'Explain in three sentences why the sky is blue.',
  'List five things to do on a quiet Sunday.',
  // Long enough to press Stop in, or to say something into.
  'Tell the whole story of a lighthouse keeper and the sea, in at least ten chapters.',
];

type Props = { model: ModelHealth | null; onTry: (prompt: string) => void };

export function EmptyState({ model, onTry }: Props) {
  return (
    <div className="mx-auto flex max-w-column flex-col gap-5 pt-[8vh]">
      <h2 className="wordmark text-3xl">What shall we talk about?</h2>
      <p className="text-soft">
        Parley answers as it thinks. Stop it in the middle and its words stay; interject while it speaks and it turns to
        what you say; close this page and nothing is lost.
      </p>
      <div className="space-y-2 text-sm text-soft">
        {model?.name && model.state !== 'unavailable' && (
          <p>
            You talk to <strong className="font-medium text-ink">{model.name}</strong>.
          </p>
        )}
        {model?.source === 'embedded' && <EmbeddedModel />}
      </div>
      <ul className="flex flex-col items-start gap-2" aria-label="Prompts to try">
        {TO_TRY.map((prompt) => (
          <li key={prompt}>
            <Button onClick={() => onTry(prompt)} className="py-2 text-left">
              {prompt}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
