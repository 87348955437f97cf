import type { Sending } from '#app/_client/outbox.ts';
import { wordsForSending, wordsForStopping } from '#app/_client/waiting.ts';
import { Button } from './button.tsx';
import { TurnFrame } from './turn-frame.tsx';

type Props = {
  sending: Sending;
  /** Undefined while nobody has asked for a Stop. */
  stopping: string | null | undefined;
  onTryAgain: (id: string) => void;
  onDiscard: (id: string) => void;
};

/** A message that the server has not taken yet: drawn as the turn that it is about to be. */
export function SendingTurn({ sending, stopping, onTryAgain, onDiscard }: Props) {
  const { id, prompt, refused } = sending;
  return (
    <TurnFrame id={id} status={refused === null ? 'sending' : 'refused'} prompt={prompt}>
      <div data-part="reply" className="reply" />
      {refused === null ? (
        <p className="mt-2 flex min-h-8 items-center text-sm text-soft">
          {stopping === undefined ? wordsForSending(sending) : wordsForStopping(stopping)}
        </p>
      ) : (
        <div role="alert" className="mt-3 rounded-lg border border-danger bg-panel px-4 py-3 text-sm">
          <p className="mb-2 wrap-anywhere">Not sent: {refused}</p>
          <div className="flex gap-2">
            <Button size="small" onClick={() => onTryAgain(id)}>
              Try again
            </Button>
            <Button size="small" look="quiet" onClick={() => onDiscard(id)}>
              Discard
            </Button>
          </div>
        </div>
      )}
    </TurnFrame>
  );
}
