import type { Logger } from 'pino';
import type { HeldAttempt } from '#lib/store/outbox.ts';
import type { Store } from '#lib/store/store.ts';
import type { TemporalClient } from '#lib/temporal/client.ts';
import { isDead } from './identity.ts';

/**
 * Fails the attempts that dead workers of this machine still hold, so that the next ones begin now and not when their
 * heartbeats time out. By task token [WRK2]: an activity's id may name a later attempt by now. Only an attempt that
 * died before its `open` left no token; it is found by its worker's identity [WRK3]. All at once, and each by itself: a
 * worker that died with many conversations, or a Temporal that does not answer for one, costs the others nothing.
 */
export async function failDeadAttempts(store: Store, temporal: TemporalClient, log: Logger): Promise<void> {
  const held = await store.outbox.heldAttempts();
  await Promise.all(held.map((attempt) => byItself(attempt.conversationId, failHeld(attempt))));
  const open = await store.outbox.openConversations();
  await Promise.all(open.map((conversationId) => byItself(conversationId, failUnopened(conversationId))));

  async function failHeld({ taskToken, owner, ...attempt }: HeldAttempt): Promise<void> {
    if (!isDead(owner)) return;
    await temporal.failAttempt(Buffer.from(taskToken, 'base64'));
    log.info(
      { ...attempt, owner },
      'the worker of this attempt has died; the attempt is failed, and the next one begins',
    );
  }

  async function failUnopened(conversationId: string): Promise<void> {
    for (const { identity, ...attempt } of await temporal.pendingAttempts(conversationId)) {
      if (!isDead(identity)) continue;
      await temporal.failAttempt(attempt);
      const { activityId } = attempt;
      log.info(
        { conversationId, activityId, owner: identity },
        'a worker has died before it opened a step; it is tried again',
      );
    }
  }

  function byItself(conversationId: string, failing: Promise<void>): Promise<void> {
    return failing.catch((error: unknown) =>
      log.warn(
        { conversationId, error: String(error) },
        'an attempt of a dead worker may not have been failed; its heartbeat times out',
      ),
    );
  }
}
