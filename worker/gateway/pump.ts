import type { Logger } from 'pino';
import type { EventRange } from '#lib/protocol/event.ts';
import type { ListChanged } from '#lib/protocol/message.ts';
import type { Live, Snapshots } from '#lib/store/snapshots.ts';
import type { Feed } from '../stream/feed.ts';
import { sendEvents, sendTip, sendTurns, type Channel } from './channel.ts';
import type { Viewer } from './viewer.ts';

/** Wakes by itself so often: whoever wrote, and whatever wake was lost, viewers get it. */
const WAKE_MS = 1_000;
const TIP_MS = 3_000;

export type Channels = {
  conversations: Map<string, Channel>;
  list: { viewers: Set<Viewer>; rev: number | null };
};

export type Pump = ReturnType<typeof createPump>;

/**
 * The one way from the store to viewers: any wake reads rows beyond the sent rev and events beyond the sent seq, and
 * sends them in that order, so that it does not matter which process wrote [GW1]. An append of this process is only a
 * shortcut, taken when it continues what was sent [GW2].
 */
export function createPump({
  snapshots,
  feed,
  log,
  channels,
}: {
  snapshots: Snapshots;
  feed: Feed;
  log: Logger;
  channels: Channels;
}) {
  let isRunning = false;
  let isWanted = false;

  function wake(): void {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    void run();
  }

  async function run(): Promise<void> {
    while (isWanted) {
      isWanted = false;
      try {
        await pumpConversations();
        await pumpList();
      } catch (error) {
        log.error({ error: String(error) }, 'viewers could not be told; they are at the next wake');
      }
    }
    isRunning = false; // in the same breath as the last look: no wake is lost in between
  }

  async function pumpConversations(): Promise<void> {
    const watched = [...channels.conversations.values()].filter((channel) => channel.sent);
    if (watched.length === 0) return;
    const { revs, live } = await snapshots.tips(watched.map((channel) => channel.conversationId));
    for (const channel of watched) {
      const rev = revs.get(channel.conversationId) ?? 0;
      const running = live.find((turn) => turn.conversationId === channel.conversationId);
      try {
        await pumpChannel(channel, rev, running);
      } catch (error) {
        // One conversation that cannot be read keeps the others from nothing.
        const { conversationId } = channel;
        log.error({ conversationId, err: error }, 'its viewers could not be told; they are at the next wake');
      }
    }
  }

  async function pumpChannel(channel: Channel, rev: number, live: Live | undefined): Promise<void> {
    const { sent, conversationId } = channel;
    if (!sent) return;
    if (rev > sent.rev) {
      const changes = await snapshots.changesSince(conversationId, sent.rev);
      // The turn that has just ended: its last events first, so that its viewers can prove its text.
      if (sent.live && sent.live.turnId !== live?.turnId) await pumpEvents(channel, sent.live);
      if (changes) {
        sendTurns(channel, changes);
        sent.rev = changes.to;
      }
    }
    if (!live) sent.live = null;
    else if (sent.live?.turnId !== live.turnId) sent.live = { turnId: live.turnId, seq: 0 };
    if (live && sent.live && live.seq > sent.live.seq) await pumpEvents(channel, sent.live);
  }

  async function pumpEvents(channel: Channel, sentLive: { turnId: string; seq: number }): Promise<void> {
    const range = await snapshots.eventsSince(sentLive.turnId, sentLive.seq);
    // The shortcut may have been quicker while the store was read.
    if (!range || range.from !== sentLive.seq + 1) return;
    sendEvents(channel, { conversationId: channel.conversationId, ...range });
    sentLive.seq = range.to;
  }

  async function pumpList(): Promise<void> {
    const { list } = channels;
    const from = list.rev;
    if (list.viewers.size === 0 || from === null) return;
    const { rev, conversations } = await snapshots.list(from);
    // Its last viewer may have left meanwhile, and another come.
    if (rev <= from || list.rev !== from) return;
    const message: ListChanged = { from, to: rev, conversations };
    list.rev = rev;
    for (const viewer of list.viewers) viewer.send('listChanged', message);
  }

  function onAppended(conversationId: string, range: EventRange): void {
    const channel = channels.conversations.get(conversationId);
    if (!channel) return;
    const live = channel.sent?.live;
    if (live?.turnId !== range.turnId || range.from !== live.seq + 1) return wake();
    live.seq = range.to;
    sendEvents(channel, { conversationId, ...range });
  }

  const onChanged = (conversationId: string) => {
    if (channels.conversations.has(conversationId) || channels.list.viewers.size > 0) wake();
  };
  feed.on('appended', onAppended);
  feed.on('changed', onChanged);
  feed.on('stirred', wake);
  const wakeTimer = setInterval(wake, WAKE_MS);
  const tipTimer = setInterval(() => {
    for (const channel of channels.conversations.values()) sendTip(channel.viewers, channel);
  }, TIP_MS);

  return {
    wake,
    close(): void {
      clearInterval(wakeTimer);
      clearInterval(tipTimer);
      feed.off('appended', onAppended);
      feed.off('changed', onChanged);
      feed.off('stirred', wake);
    },
  };
}
