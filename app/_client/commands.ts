import { partsOf, textOf } from '#lib/protocol/reply.ts';
import type { Mode, Settings, Turn } from '#lib/protocol/turn.ts';
import { addressOf, goTo } from './address.ts';
import type { SettingsChange, TurnChange } from './api.ts';
import type { ConversationStore } from './conversation-store.ts';
import type { Viewer } from './viewer.ts';

export type Commands = ReturnType<typeof commandsOf>;

/** What Continue says for the user; the reply before it is marked as cut in the model's context [CTX2]. */
const GO_ON = 'Go on from exactly where your reply was cut.';

type Needs = Pick<Viewer, 'api' | 'outbox' | 'stops'>;

/** What a reader can do in one conversation. */
export function commandsOf({ api, outbox, stops }: Needs, store: ConversationStore) {
  const conversationId = store.id;
  const view = () => store.state.get().view;
  const hasChildren = (id: string, but?: Turn['status']) =>
    [...view().turns.values()].some((turn) => turn.parentId === id && turn.status !== but);
  /** What is asked anew is answered now, whatever runs; that is kept as interrupted. */
  const modeNow = (): Mode =>
    [...view().turns.values()].some(({ status }) => status === 'running') ? 'interject' : 'queue';

  return {
    /** `settings`: of a conversation that begins with this message. */
    send(prompt: string, mode: Mode, settings?: Settings): void {
      outbox.send({ conversationId, prompt, mode, ...(settings && Object.keys(settings).length > 0 && { settings }) });
      goTo(addressOf(conversationId));
    },

    stop: (turnId: string): void => void stops.stop(conversationId, turnId),

    /**
     * Asks again in the failed turn's place, beside it. Where the conversation has gone on since, that would hide what
     * came after, so the question is asked at the end.
     */
    retry({ id, prompt, parentId }: Turn): void {
      outbox.send({ conversationId, prompt, mode: 'queue', ...(!hasChildren(id, 'queued') && { parentId }) });
    },

    /** A sibling of the turn: nothing is overwritten, and the way back stands on both. */
    ask: ({ parentId }: Turn, prompt: string): void =>
      outbox.send({ conversationId, prompt, mode: modeNow(), parentId }),

    /** Right behind the reply that was cut; where the conversation has gone on since, as a branch of its own. */
    goOn: ({ id }: Turn): void =>
      outbox.send({ conversationId, prompt: GO_ON, mode: modeNow(), ...(hasChildren(id) && { parentId: id }) }),

    /** Null, or why a turn that waits was not changed, in words. */
    async changeWaiting(turnId: string, change: TurnChange): Promise<string | null> {
      const answer = await api.changeTurn(conversationId, turnId, change);
      // Others have moved with it, and one of them alone would break the line: they come together by the socket.
      if (answer.ok) await store.changed();
      return answer.ok ? null : answer.message;
    },

    /** Null, or why another branch was not chosen, in words. */
    async switchTo(turnId: string): Promise<string | null> {
      const answer = await api.changeConversation(conversationId, { head: turnId });
      if (answer.ok) await store.changed();
      return answer.ok ? null : answer.message;
    },

    /** Null, or why they were not changed, in words. */
    async changeSettings(settings: SettingsChange): Promise<string | null> {
      const answer = await api.changeConversation(conversationId, { settings });
      if (answer.ok) await store.changed();
      return answer.ok ? null : answer.message;
    },

    /** A reply's Markdown, as far as it goes. */
    textOf(turnId: string): string {
      const { live, turns } = view();
      return live?.turnId === turnId ? textOf(partsOf(live.reply, 'open')) : (turns.get(turnId)?.reply ?? '');
    },

    tryAgain: (id: string): void => outbox.tryAgain(id),
    discard: (id: string): void => outbox.discard(id),
  };
}
