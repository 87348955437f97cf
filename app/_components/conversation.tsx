import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import { useStickToBottom } from 'use-stick-to-bottom';
import type { VirtualizerHandle } from 'virtua';
import { hasMore } from '#lib/protocol/branches.ts';
import type { Mode, Settings } from '#lib/protocol/turn.ts';
import { trayOf } from '#app/_client/line.ts';
import { NEW_DRAFT } from '#app/_client/drafts.ts';
import { stopTargetOf } from '#app/_client/mode.ts';
import { noticesOf } from '#app/_client/notices.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useConversation } from '#app/_client/use-conversation.ts';
import { useEscape } from '#app/_client/use-escape.ts';
import { useLongWait } from '#app/_client/use-long-wait.ts';
import { useMode } from '#app/_client/use-mode.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { wordsForStopping } from '#app/_client/waiting.ts';
import { Announcer } from './announcer.tsx';
import { Composer, focusByKeyboard } from './composer.tsx';
import { ConversationGone } from './conversation-gone.tsx';
import { ConversationSettings } from './conversation-settings.tsx';
import { EmptyState } from './empty-state.tsx';
import { ModelNote } from './model-note.tsx';
import { Notices } from './notices.tsx';
import { Transcript } from './transcript.tsx';
import { Tray, type TrayCommands } from './tray.tsx';
import { TurnDetails } from './turn-details.tsx';
import { Turns, type TurnCommands } from './turns.tsx';

type Props = { id: string; isNew: boolean; menuButton: ReactNode };

/** A setting that is left out of a form goes back to its default. */
const NOTHING_CHOSEN = { model: null, instructions: null, temperature: null };

export function Conversation({ id, isNew, menuButton }: Props) {
  const viewer = useViewer();
  const [wasNew] = useState(isNew);
  const { view, reading, isReadingEarlier, entries, siblings, commands, store } = useConversation(id, wasNew);
  const { health, isReachable } = useCell(viewer.health.state);
  const { settings: defaults } = useCell(viewer.preferences.state);
  const link = useCell(viewer.link);
  const stopping = useCell(viewer.stops.pending);
  /** The address follows when the page has time; what is written meanwhile is of the conversation already [PAGE4]. */
  const [hasSent, setHasSent] = useState(false);
  const draftKey = wasNew && !hasSent ? NEW_DRAFT : id;
  const mode = useMode(entries);
  const stick = useStickToBottom({ initial: 'instant', resize: 'instant' });
  /** Of a conversation that does not exist yet; they go with its first message. */
  const [chosen, setChosen] = useState<Settings | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const [detailed, setDetailed] = useState<string | null>(null);
  const { transcript, tray } = useMemo(() => trayOf(entries), [entries]);
  const turnIds = useMemo(() => transcript.map(({ id }) => id), [transcript]);
  const stopTarget = stopTargetOf(entries);
  const stopTrouble = (stopTarget !== null && stopping.get(stopTarget)) || null;
  const virtual = useRef<VirtualizerHandle>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const write = useCallback(() => focusByKeyboard(box.current), []);
  // These buttons leave the page with what they did; focus goes to the box then, not to nowhere.
  const own = useMemo<TurnCommands & TrayCommands>(
    () => ({
      stop: (turnId) => (write(), commands.stop(turnId)),
      retry: (turn) => (write(), commands.retry(turn)),
      tryAgain: (id) => (write(), commands.tryAgain(id)),
      discard: (id) => (write(), commands.discard(id)),
      edit: (turnId) => (turnId === null && write(), setEditing(turnId)),
      ask: (turn, prompt) => (write(), setEditing(null), commands.ask(turn, prompt)),
      goOn: (turn) => (write(), commands.goOn(turn)),
      switchTo: (turnId) => commands.switchTo(turnId),
      changeWaiting: (turnId, change) => commands.changeWaiting(turnId, change),
      textOf: (turnId) => commands.textOf(turnId),
      showDetails: setDetailed,
    }),
    [commands, write],
  );
  const stop = () => stopTarget !== null && own.stop(stopTarget);
  useEscape(stop);
  useLongWait(entries, view);

  // Of one that the store does not know yet the gateway tells an empty row.
  const begun = view.conversation?.rev ? view.conversation : null;

  function send(prompt: string, mode: Mode): void {
    commands.send(prompt, mode, begun ? undefined : (chosen ?? defaults));
    setHasSent(true);
    void stick.scrollToBottom('instant');
  }

  /** What stands in the box stays in it. */
  function tryPrompt(prompt: string): void {
    send(prompt, 'queue');
    viewer.drafts.move(draftKey, id);
  }

  async function saveSettings(settings: Settings): Promise<string | null> {
    if (begun) return commands.changeSettings({ ...NOTHING_CHOSEN, ...settings });
    setChosen(settings);
    return null;
  }

  function editLast(): void {
    const last = entries.findLast((entry) => 'turn' in entry);
    if (last) setEditing(last.id);
  }

  const isDeleted = view.conversation?.deleted === true;
  const isMissing = reading === 'missing' && entries.length === 0 && !view.conversation?.rev;
  if (isDeleted || isMissing) return <ConversationGone isDeleted={isDeleted} menuButton={menuButton} />;

  const isEmpty = entries.length === 0 && (reading === 'new' || reading === 'read');
  const isPaused = view.conversation?.paused === true;
  const title = view.conversation?.title || 'New chat';
  return (
    <>
      <title>{`${title} · Parley`}</title>
      <header className="flex min-h-12 items-center gap-2 border-b border-line px-3 sm:px-6">
        {menuButton}
        <h1 className="truncate text-sm font-medium" dir="auto">
          {title}
        </h1>
        <ConversationSettings settings={begun?.settings ?? chosen ?? defaults} onSave={saveSettings} />
      </header>
      {isEmpty ? (
        <div className="relative min-h-0 flex-1 overflow-y-auto px-4 pb-6 sm:px-6">
          <EmptyState model={health?.model ?? null} onTry={tryPrompt} />
        </div>
      ) : (
        <Transcript
          conversationId={id}
          stick={stick}
          turnIds={turnIds}
          tip={`${view.rev} ${view.live?.reply.seq ?? 0}`}
          hasMore={hasMore(view)}
          isReadingEarlier={isReadingEarlier}
          onReadEarlier={() => store.readEarlier()}
          onSeek={(turnId, isWanted) => store.seek(turnId, isWanted)}
          onReveal={(index, offset) => virtual.current?.scrollToIndex(index, { align: 'start', offset })}
          onSwitch={(turnId) => commands.switchTo(turnId)}
        >
          <Turns
            scroller={stick.scrollRef}
            virtual={virtual}
            hasMore={hasMore(view)}
            isReadingEarlier={isReadingEarlier}
            entries={transcript}
            view={view}
            health={health}
            stopping={stopping}
            siblings={siblings}
            editing={editing}
            commands={own}
          />
          {isPaused && <Paused />}
        </Transcript>
      )}
      <div className="px-3 pt-1 pb-3 sm:px-6 sm:pb-5">
        <div className="mx-auto flex max-w-column flex-col gap-2">
          <Notices notices={noticesOf(link, { health, isReachable })} />
          <Announcer entries={entries} />
          <Tray
            entries={tray}
            isPaused={isPaused}
            health={health}
            stopping={stopping}
            editing={editing}
            commands={own}
          />
          <output aria-label="Stop" className="block px-1 text-xs text-soft empty:hidden">
            {stopTrouble !== null && wordsForStopping(stopTrouble)}
          </output>
          <Composer
            box={box}
            draftKey={draftKey}
            mode={mode}
            canStop={stopTarget !== null}
            isStopping={stopTarget !== null && stopping.has(stopTarget)}
            onSend={send}
            onStop={stop}
            onEditLast={editLast}
          >
            <ModelNote model={health?.model ?? null} />
          </Composer>
        </div>
      </div>
      <TurnDetails
        turn={detailed === null ? null : (view.turns.get(detailed) ?? null)}
        onClose={() => setDetailed(null)}
      />
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
