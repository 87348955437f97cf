import { useEffect, useMemo, useState } from 'react';
import { branchesOf } from '#lib/protocol/branches.ts';
import { commandsOf } from './commands.ts';
import { entriesOf } from './line.ts';
import { useCell } from './use-cell.ts';
import { useViewer } from './viewer-context.ts';

/** Opens a conversation for as long as it is drawn. `isNew`: its id was made here, so there is nothing to read. */
export function useConversation(id: string, isNew: boolean) {
  const viewer = useViewer();
  const [store] = useState(() => viewer.conversation(id, isNew));
  useEffect(() => viewer.open(store), [viewer, store]);
  const commands = useMemo(() => commandsOf(viewer, store), [viewer, store]);
  const state = useCell(store.state);
  const outbox = useCell(viewer.outbox.state);
  // Text that grows changes the view, and none of these.
  const { conversationId, turns, conversation, rev, branches } = state.view;
  const entries = useMemo(
    () => entriesOf({ conversationId, turns, conversation, rev }, outbox),
    [conversationId, turns, conversation, rev, outbox],
  );
  const siblings = useMemo(() => branchesOf({ turns, branches }), [turns, branches]);
  return { ...state, entries, siblings, commands, store };
}
