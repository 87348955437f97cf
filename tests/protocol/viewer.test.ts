import { describe, expect } from 'vitest';
import { storeTest, type Scene } from '#tests/store/scene.ts';
import { makeSqlitePlace } from '#tests/store/sqlite-place.ts';
import { Gateway } from './simulated-gateway.ts';
import { Viewer } from './simulated-viewer.ts';

const test = storeTest(makeSqlitePlace);

/** A viewer that has read the page over HTTP and then subscribed. */
async function viewerOf(scene: Scene, gateway: Gateway): Promise<Viewer> {
  const viewer = new Viewer(scene.conversationId);
  const page = await scene.store.conversations.page(scene.conversationId, { limit: 50 });
  if (page) viewer.take({ type: 'pageRead', page });
  viewer.take({ type: 'connected' });
  await settle(viewer, gateway);
  return viewer;
}

/** Everything arrives; how often the viewer had to subscribe for it. */
async function settle(viewer: Viewer, gateway: Gateway): Promise<number> {
  for (let asks = 0; asks < 20;) {
    const ask = viewer.up.shift();
    if (ask) {
      asks++;
      await gateway.answer(viewer, ask);
    } else if (viewer.down.length > 0) viewer.deliver(0);
    else return asks;
  }
  throw new Error('the viewer asks again and again');
}

describe('a viewer at a real store', () => {
  test('[VIEW4] it follows a whole turn without asking once', async ({ scene }) => {
    const gateway = new Gateway(scene.store, scene.conversationId);
    await scene.completed('first', 'one');
    const viewer = await viewerOf(scene, gateway);
    await gateway.pump();
    await settle(viewer, gateway);
    const { id, attempt } = await scene.running('second');
    for (const delta of ['two', ' three', ' four']) {
      await attempt.say(delta);
      await gateway.pump();
      expect(await settle(viewer, gateway)).toBe(0);
    }
    expect(viewer.shown(id)).toBe('two three four');
    const events = [{ step: 0, chunk: { type: 'finish-step' as const } }];
    await attempt.append(events);
    gateway.shortcut(id, attempt.seq, attempt.seq, events);
    await scene.store.log.end(id, 'completed');
    await gateway.pump();
    expect(await settle(viewer, gateway)).toBe(0);
    expect(viewer.view.turns.get(id)).toEqual(await scene.turn(id));
  });

  test('[VIEW5] it reloads in the middle and misses nothing', async ({ scene }) => {
    const gateway = new Gateway(scene.store, scene.conversationId);
    const { id, attempt } = await scene.running('first', 'one');
    await gateway.pump();
    const viewer = await viewerOf(scene, gateway);
    expect(viewer.shown(id)).toBe('one');
    await attempt.say(' two');
    await gateway.pump();
    expect(await settle(viewer, gateway)).toBe(0);
    expect(viewer.shown(id)).toBe('one two');
  });

  test('[VIEW4] a turn that runs on another branch makes it ask once at most, not at each event', async ({ scene }) => {
    const gateway = new Gateway(scene.store, scene.conversationId);
    const { attempt } = await scene.running('first', 'one');
    await scene.send('another branch', { parentId: null });
    await gateway.pump();
    const viewer = await viewerOf(scene, gateway);
    let asks = 0;
    for (const delta of [' two', ' three', ' four', ' five']) {
      await attempt.say(delta);
      await gateway.pump();
      asks += await settle(viewer, gateway);
    }
    expect(asks).toBeLessThanOrEqual(1);
  });
});
