import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import { useStickToBottom } from 'use-stick-to-bottom';
import { hasMore } from '#lib/protocol/branches.ts';
import type { Mode } from '#lib/protocol/turn.ts';
import { stopTargetOf } from '#app/_client/mode.ts';
import { noticesOf } from '#app/_client/notices.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useConversation } from '#app/_client/use-conversation.ts';
import { useEscape } from '#app/_client/use-escape.ts';
import { useLongWait } from '#app/_client/use-long-wait.ts';
import { useMode } from '#app/_client/use-mode.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Announcer } from './announcer.tsx';
import { Composer, focusByKeyboard } from './composer.tsx';
import { ConversationGone } from './conversation-gone.tsx';
import { EmptyState } from './empty-state.tsx';
import { ModelNote } from './model-note.tsx';
import { Notices } from './notices.tsx';
import { Transcript } from './transcript.tsx';
import { Turns, type TurnCommands } from './turns.tsx';

type Props = { id: string; isNew: boolean; menuButton: ReactNode };

export function Conversation({ id, isNew, menuButton }: Props) {
  const viewer = useViewer();
  const [wasNew] = useState(isNew);
  const { view, reading, isReadingEarlier, entries, commands, readEarlier } = useConversation(id, wasNew);
  const { health, isReachable } = useCell(viewer.health.state);
  const link = useCell(viewer.link);
  const stopping = useCell(viewer.stops.pending);
  const mode = useMode(entries);
  const stick = useStickToBottom({ initial: 'instant', resize: 'instant' });
  const stopTarget = stopTargetOf(entries);
  const box = useRef<HTMLTextAreaElement>(null);
  const write = useCallback(() => focusByKeyboard(box.current), []);
  // These buttons leave the page with what they did; focus goes to the box then, not to nowhere.
  const own = useMemo<TurnCommands>(
    () => ({
      stop: (turnId) => (write(), commands.stop(turnId)),
      retry: (turn) => (write(), commands.retry(turn)),
      tryAgain: (id) => (write(), commands.tryAgain(id)),
      discard: (id) => (write(), commands.discard(id)),
    }),
    [commands, write],
  );
  const stop = () => stopTarget !== null && own.stop(stopTarget);
  useEscape(stop);
  useLongWait(entries, view);

  function send(prompt: string, mode: Mode): void {
    commands.send(prompt, mode);
    void stick.scrollToBottom('instant');
  }

  const isDeleted = view.conversation?.deleted === true;
  const isMissing = reading === 'missing' && entries.length === 0 && !view.conversation?.rev;
  if (isDeleted || isMissing) return <ConversationGone isDeleted={isDeleted} menuButton={menuButton} />;

  const isEmpty = entries.length === 0 && (reading === 'new' || reading === 'read');
  const title = view.conversation?.title || 'New chat';
  return (
    <>
      <title>{`${title} · Parley`}</title>
      <header className="flex min-h-12 items-center gap-2 border-b border-line px-3 sm:px-6">
        {menuButton}
        <h1 className="truncate text-sm font-medium" dir="auto">
          {title}
        </h1>
      </header>
      {isEmpty ? (
        <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-6 sm:px-6">
          <EmptyState model={health?.model ?? null} onTry={(prompt) => send(prompt, 'queue')} />
        </div>
      ) : (
        <Transcript
          stick={stick}
          hasMore={hasMore(view)}
          isReadingEarlier={isReadingEarlier}
          onReadEarlier={readEarlier}
        >
          <Turns entries={entries} view={view} health={health} stopping={stopping} commands={own} />
          {view.conversation?.paused && <Paused />}
        </Transcript>
      )}
      <div className="px-3 pt-1 pb-3 sm:px-6 sm:pb-5">
        <div className="mx-auto flex max-w-column flex-col gap-2">
          <Notices notices={noticesOf(link, { health, isReachable })} />
          <Announcer entries={entries} />
          <Composer
            box={box}
            mode={mode}
            canStop={stopTarget !== null}
            isStopping={stopTarget !== null && stopping.has(stopTarget)}
            onSend={send}
            onStop={stop}
          >
            <ModelNote model={health?.model ?? null} />
          </Composer>
        </div>
      </div>
    </>
  );
}

function Paused() {
  return (
    <p className="rounded-lg bg-warn px-4 py-3 text-sm text-warn-ink">
      This conversation is paused: the model’s provider refused the key. Put a right one into the environment and start
      Parley again; then Retry, or any new message, goes on.
    </p>
  );
}
