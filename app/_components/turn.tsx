import { Pencil } from 'lucide-react';
import { memo, useMemo } from 'react';
import { partsOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import { isOutcome, type Turn } from '#lib/protocol/turn.ts';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { Markdown } from './markdown.tsx';
import { Outcome } from './outcome.tsx';
import { Progress } from './progress.tsx';
import { PromptEditor } from './prompt-editor.tsx';
import { Reasoning } from './reasoning.tsx';
import { WithTools } from './reply-tools.tsx';
import { TurnActions } from './turn-actions.tsx';
import { TurnFrame } from './turn-frame.tsx';
import type { TurnCommands } from './turns.tsx';

type Props = {
  turn: Turn;
  /** The running turn's reply as far as it goes. */
  live: Reply | null;
  /** What it waits for, while there is no word of it. */
  waiting: string;
  /** The last words of the reply that this turn's prompt cut; null where it cut none. */
  cutAfter: string | null;
  /** The turns of its place in the tree, itself among them. */
  siblings: readonly string[];
  isEditing: boolean;
  commands: TurnCommands;
};

export const TurnView = memo(function TurnView(props: Props) {
  const { turn, live, waiting, cutAfter, siblings, isEditing, commands } = props;
  const parts = useMemo(() => (live ? partsOf(live, 'open') : turn.parts), [live, turn.parts]);
  const text = useMemo(() => textOf(parts), [parts]);
  const hasEnded = isOutcome(turn.status);
  return (
    <TurnFrame
      id={turn.id}
      status={turn.status}
      prompt={turn.prompt}
      origin={cutAfter !== null && <Origin cutAfter={cutAfter} />}
      editor={
        isEditing && (
          <PromptEditor
            turnId={turn.id}
            prompt={turn.prompt}
            saveWords="Ask again"
            onSave={async (prompt) => {
              commands.ask(turn, prompt);
              return null; // the outbox has it
            }}
            onCancel={() => commands.edit(null)}
          />
        )
      }
      promptTools={
        <IconButton name="Edit message" icon={Pencil} className="reveal" onClick={() => commands.edit(turn.id)} />
      }
    >
      {turn.omittedTurns > 0 && <Omitted count={turn.omittedTurns} />}
      <Reasoning parts={parts} turn={turn} />
      <WithTools>
        <div data-part="reply" className="reply">
          {text !== '' && <Markdown text={text} isGrowing={!hasEnded} />}
        </div>
      </WithTools>
      {turn.error && <Failure turn={turn} onRetry={commands.retry} />}
      <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
        {hasEnded ? (
          <Outcome turn={turn} />
        ) : (
          <Progress turn={turn} waiting={waiting} text={text} hasBegunAgain={(live?.resets ?? 0) > 0} />
        )}
        <TurnActions turn={turn} siblings={siblings} hasText={text !== ''} commands={commands} />
      </div>
    </TurnFrame>
  );
});

function Origin({ cutAfter }: { cutAfter: string }) {
  return (
    <p className="mb-1.5 text-right text-xs text-soft wrap-anywhere" dir="auto">
      {cutAfter === '' ? 'Interjected before the first word' : `Interjected after “…${cutAfter}”`}
    </p>
  );
}

function Omitted({ count }: { count: number }) {
  const what = count === 1 ? 'The oldest turn' : `The oldest ${count} turns`;
  return <p className="mb-3 text-sm text-soft">{what} did not fit the model’s window and were left out.</p>;
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
