import type { Subscribe } from '#lib/protocol/command.ts';
import type { ConversationAnswer, ListAnswer } from '#lib/protocol/message.ts';
import type { Snapshots } from '#lib/store/snapshots.ts';
import { createChannel, sendTip } from './channel.ts';
import type { Channels } from './pump.ts';
import type { Viewer } from './viewer.ts';

export type WatchingParts = { viewer: Viewer; snapshots: Snapshots; channels: Channels; wake: () => void };

/** What one viewer looks at: one conversation, and perhaps the list, at a time. */
export function watch({ viewer, snapshots, channels, wake }: WatchingParts) {
  let watched: string | null = null;

  return {
    async answerTo(subscribe: Subscribe): Promise<ConversationAnswer | ListAnswer> {
      if ('list' in subscribe) {
        channels.list.viewers.add(viewer);
        const answer = await snapshots.list(subscribe.sinceRev);
        channels.list.rev ??= answer.rev;
        wake(); // what changed while it was read
        return answer;
      }
      const { conversationId, sinceRev, live } = subscribe;
      if (watched !== conversationId) {
        leave(channels, watched, viewer);
        watched = conversationId;
      }
      // Join first, then read: what happens in between is sent twice rather than never [VIEW2].
      const channel = join(channels, conversationId, viewer);
      const answer = await snapshots.conversation(conversationId, sinceRev, live);
      channel.sent ??= { rev: answer.conversation.rev, live: tipOf(answer) };
      wake();
      return answer;
    },

    /** Tells where it stands, of a viewer that missed something; what it then lacks it asks for [GW4]. */
    tip(): void {
      const channel = watched === null ? undefined : channels.conversations.get(watched);
      if (channel) sendTip([viewer], channel);
      const { list } = channels;
      // Nothing new, but its revision tells the viewer whether it missed something.
      if (list.viewers.has(viewer) && list.rev !== null) {
        viewer.send('listChanged', { from: list.rev, to: list.rev, conversations: [] });
      }
    },

    end(): void {
      leave(channels, watched, viewer);
      watched = null;
      channels.list.viewers.delete(viewer);
      if (channels.list.viewers.size === 0) channels.list.rev = null;
    },
  };
}

function join({ conversations }: Channels, conversationId: string, viewer: Viewer) {
  const channel = conversations.get(conversationId) ?? createChannel(conversationId);
  conversations.set(conversationId, channel);
  channel.viewers.add(viewer);
  return channel;
}

function leave({ conversations }: Channels, conversationId: string | null, viewer: Viewer): void {
  const channel = conversationId === null ? undefined : conversations.get(conversationId);
  if (!channel) return;
  channel.viewers.delete(viewer);
  if (channel.viewers.size === 0) conversations.delete(channel.conversationId);
}

function tipOf({ live }: ConversationAnswer) {
  if (!live) return null;
  return { turnId: live.turnId, seq: 'reply' in live ? live.reply.seq : live.to };
}
