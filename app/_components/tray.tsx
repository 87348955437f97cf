import { useState } from 'react';
import type { Health } from '#lib/protocol/message.ts';
import type { TurnChange } from '#app/_client/api.ts';
import type { Entry } from '#app/_client/entry.ts';
import type { Stopping } from '#app/_client/stops.ts';
import { wordsForSending, wordsForStopping, wordsForWaiting } from '#app/_client/waiting.ts';
import { DraggableOrder } from './draggable.tsx';
import { QueuedTurn } from './queued-turn.tsx';

export type TrayCommands = {
  stop: (turnId: string) => void;
  edit: (turnId: string | null) => void;
  /** Null, or why it was not changed, in words. */
  changeWaiting: (turnId: string, change: TurnChange) => Promise<string | null>;
};

type Props = {
  entries: readonly Entry[];
  isPaused: boolean;
  health: Health | null;
  stopping: Stopping;
  editing: string | null;
  commands: TrayCommands;
};

/** The messages that wait behind the first open turn, in the order in which they will be answered. */
export function Tray({ entries: known, isPaused, health, stopping, editing, commands }: Props) {
  const [said, setSaid] = useState('');
  const [dropped, setDropped] = useState<Dropped | null>(null);
  const entries = inOrder(known, dropped);
  const ids = entries.map(({ id }) => id);

  async function change(id: string, by: TurnChange, done: string): Promise<string | null> {
    const trouble = await commands.changeWaiting(id, by);
    if (trouble !== null) setDropped(null);
    setSaid(trouble === null ? done : `Not changed: ${trouble}`);
    return trouble;
  }

  function move(index: number, to: number): void {
    const others = ids.toSpliced(index, 1);
    void change(ids[index]!, { before: others[to] ?? null }, `Now number ${to + 1} of ${ids.length}`);
  }

  function drop(index: number, to: number): void {
    setDropped({ from: known, ids: ids.toSpliced(index, 1).toSpliced(to, 0, ids[index]!) });
    move(index, to);
  }

  async function save(id: string, prompt: string): Promise<string | null> {
    const trouble = await change(id, { prompt }, 'Changed');
    if (trouble === null) commands.edit(null);
    return trouble;
  }

  function wordsFor(entry: Entry): string {
    const trouble = stopping.get(entry.id);
    if (trouble !== undefined) return wordsForStopping(trouble, ['Removing', 'removed']);
    return 'turn' in entry ? wordsForWaiting(entry.turn, false, isPaused, health) : wordsForSending(entry.sending);
  }

  return (
    <>
      <section aria-label="Queue" hidden={entries.length === 0}>
        <h2 className="mb-1 px-1 text-xs font-medium text-soft">
          {entries.length === 1 ? 'One message waits' : `${entries.length} messages wait`}
        </h2>
        <div className="relative flex max-h-[30dvh] flex-col gap-1 overflow-y-auto rounded-2xl border border-line bg-panel p-1">
          {entries.length > 0 && (
            <DraggableOrder onMove={drop}>
              {entries.map((entry, index) => (
                <QueuedTurn
                  key={entry.id}
                  entry={entry}
                  words={wordsFor(entry)}
                  index={index}
                  isLast={index === entries.length - 1}
                  isRemoving={stopping.has(entry.id)}
                  isEditing={editing === entry.id}
                  onEdit={(isOpen) => commands.edit(isOpen ? entry.id : null)}
                  onSave={(prompt) => save(entry.id, prompt)}
                  onMove={(by) => move(index, index + by)}
                  onSayNow={() => void change(entry.id, { mode: 'interject' }, 'Said now')}
                  onRemove={() => commands.stop(entry.id)}
                />
              ))}
            </DraggableOrder>
          )}
        </div>
      </section>
      {/* Also of one that has left the queue. */}
      <output aria-label="Queue’s news" className="block px-1 text-xs text-soft empty:hidden">
        {said}
      </output>
    </>
  );
}

/** An order that was made by hand, of entries that stood in another: drawn until they change. */
type Dropped = { from: readonly Entry[]; ids: readonly string[] };

function inOrder(entries: readonly Entry[], dropped: Dropped | null): readonly Entry[] {
  const isSame = dropped?.from.length === entries.length && entries.every(({ id }, at) => id === dropped.from[at]?.id);
  return isSame ? dropped.ids.flatMap((id) => entries.find((entry) => entry.id === id) ?? []) : entries;
}
