import type { ReactElement, RefObject } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Health } from '#lib/protocol/message.ts';
import type { View } from '#lib/protocol/reduce.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import type { Entry } from '#app/_client/entry.ts';
import { isOpen } from '#app/_client/mode.ts';
import type { Stopping } from '#app/_client/stops.ts';
import { wordsForWaiting } from '#app/_client/waiting.ts';
import { SendingTurn } from './sending-turn.tsx';
import { TurnView } from './turn.tsx';

export type TurnCommands = {
  stop: (turnId: string) => void;
  retry: (turn: Turn) => void;
  tryAgain: (id: string) => void;
  discard: (id: string) => void;
  /** Begins to change a prompt; null ends it without a change. */
  edit: (turnId: string | null) => void;
  /** The same place, another prompt or the same one again: a sibling turn. */
  ask: (turn: Turn, prompt: string) => void;
  /** A new turn that has the model go on from a reply that was cut. */
  goOn: (turn: Turn) => void;
  /** Null, or why another branch was not chosen, in words. */
  switchTo: (turnId: string) => Promise<string | null>;
  textOf: (turnId: string) => string;
  showDetails: (turnId: string) => void;
};

/** So many turns are always on the page, to be found and copied by the browser's own means; older ones while in sight. */
const ALWAYS_DRAWN = 100;
/** What stands above the first turn while there are earlier ones (px). */
const EARLIER_HEIGHT = 48;
/** About a turn's height (px), until it is drawn: by virtua's own guess, 40, a step up went past twenty turns. */
const TURN_HEIGHT = 320;

type Props = {
  scroller: RefObject<HTMLElement | null>;
  /** The older turns, of which only those in sight are drawn. */
  virtual: RefObject<VirtualizerHandle | null>;
  hasMore: boolean;
  /** Turns come before the first one: the reader's place is kept from below then. */
  isReadingEarlier: boolean;
  entries: readonly Entry[];
  view: View;
  health: Health | null;
  stopping: Stopping;
  siblings: ReadonlyMap<string | null, readonly string[]>;
  editing: string | null;
  commands: TurnCommands;
};

export function Turns(props: Props) {
  const { scroller, virtual, hasMore, isReadingEarlier, entries, view, health, stopping, siblings, editing, commands } =
    props;
  const first = entries.find(isOpen);
  const isPaused = view.conversation?.paused === true;
  const older = entries.slice(0, -ALWAYS_DRAWN);
  return (
    <>
      {older.length > 0 && (
        <Virtualizer
          ref={virtual}
          data={older}
          scrollRef={scroller}
          itemSize={TURN_HEIGHT}
          startMargin={hasMore ? EARLIER_HEIGHT : 0}
          shift={isReadingEarlier}
        >
          {(entry, index) => (
            <div key={entry.id} className="border-b border-line">
              {draw(entry, index)}
            </div>
          )}
        </Virtualizer>
      )}
      {entries.slice(-ALWAYS_DRAWN).map((entry, index) => draw(entry, older.length + index))}
    </>
  );

  function draw(entry: Entry, index: number): ReactElement {
    const { id } = entry;
    if ('sending' in entry) {
      return (
        <SendingTurn
          key={id}
          sending={entry.sending}
          stopping={stopping.get(id)}
          onTryAgain={commands.tryAgain}
          onDiscard={commands.discard}
        />
      );
    }
    return (
      <TurnView
        key={id}
        turn={entry.turn}
        live={view.live?.turnId === id ? view.live.reply : null}
        waiting={isOpen(entry) ? wordsForWaiting(entry.turn, entry === first, isPaused, health) : ''}
        cutAfter={cutBy(entry.turn, entries[index - 1])}
        siblings={siblings.get(entry.turn.parentId) ?? ALONE}
        isEditing={editing === id}
        commands={commands}
      />
    );
  }
}

const ALONE: readonly string[] = [];
const LAST_WORDS = 5;

/** The last words of the turn before, where this one cut it. */
function cutBy(turn: Turn, before: Entry | undefined): string | null {
  if (turn.mode !== 'interject' || !before || !('turn' in before) || before.turn.status !== 'interrupted') return null;
  if (before.turn.id !== turn.parentId) return null;
  return before.turn.reply.trimEnd().split(/\s+/).slice(-LAST_WORDS).join(' ');
}
