import { memo, useMemo } from 'react';
import { partsOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import { isOutcome, type Turn } from '#lib/protocol/turn.ts';
import { BEGAN_AGAIN } from '#app/_client/waiting.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Markdown } from './markdown.tsx';
import { Reasoning } from './reasoning.tsx';
import { RetryCountdown } from './retry-countdown.tsx';
import { TurnFrame } from './turn-frame.tsx';

type Props = {
  turn: Turn;
  /** The running turn's reply as far as it goes. */
  live: Reply | null;
  /** What it waits for, while there is no word of it. */
  waiting: string;
  isStopping: boolean;
  onStop: (turnId: string) => void;
  onRetry: (turn: Turn) => void;
};

export const TurnView = memo(function TurnView({ turn, live, waiting, isStopping, onStop, onRetry }: Props) {
  const parts = useMemo(() => (live ? partsOf(live, 'open') : turn.parts), [live, turn.parts]);
  const text = useMemo(() => textOf(parts), [parts]);
  const hasEnded = isOutcome(turn.status);
  return (
    <TurnFrame id={turn.id} status={turn.status} prompt={turn.prompt}>
      {turn.omittedTurns > 0 && <Omitted count={turn.omittedTurns} />}
      <Reasoning parts={parts} />
      <div data-part="reply" className="reply">
        {text !== '' && <Markdown text={text} isGrowing={!hasEnded} />}
      </div>
      {turn.error && <Failure turn={turn} onRetry={onRetry} />}
      <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
        {hasEnded ? (
          <Outcome status={turn.status} />
        ) : (
          <Progress turn={turn} words={text === '' ? waiting : live && live.resets > 0 ? BEGAN_AGAIN : null} />
        )}
        {turn.status === 'queued' && (
          <Button look="quiet" size="small" onClick={() => onStop(turn.id)} disabled={isStopping}>
            {isStopping ? 'Removing…' : 'Remove'}
          </Button>
        )}
        {hasEnded && text !== '' && <CopyButton text={text} />}
      </div>
    </TurnFrame>
  );
});

function Omitted({ count }: { count: number }) {
  const what = count === 1 ? 'The oldest turn' : `The oldest ${count} turns`;
  return <p className="mb-3 text-sm text-soft">{what} did not fit the model’s window and were left out.</p>;
}

function Outcome({ status }: { status: Turn['status'] }) {
  if (status === 'stopped') return <span>Stopped</span>;
  if (status === 'interrupted') return <span>Interrupted</span>;
  return null;
}

function Progress({ turn, words }: { turn: Turn; words: string | null }) {
  if (turn.retry) return <RetryCountdown retry={turn.retry} />;
  return (
    <span className="inline-flex items-center gap-2">
      {turn.status === 'running' && <span aria-hidden className="pulse size-2 rounded-full bg-accent" />}
      {words}
    </span>
  );
}

function Failure({ turn, onRetry }: { turn: Turn; onRetry: (turn: Turn) => void }) {
  return (
    <div role="alert" className="mt-3 rounded-lg border border-danger bg-panel px-4 py-3 text-sm">
      <p className="mb-2 wrap-anywhere">{turn.error?.message}</p>
      <Button size="small" onClick={() => onRetry(turn)}>
        Retry
      </Button>
    </div>
  );
}
