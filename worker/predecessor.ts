import type { Logger } from 'pino';
import type { Store } from '#lib/store/store.ts';
import type { TemporalClient } from '#lib/temporal/client.ts';
import { isDead } from './identity.ts';

/**
 * Fails the attempts that dead workers of this machine still hold, so that the next ones begin now and not when their
 * heartbeats time out. By task token [WRK2]: an activity's id may name a later attempt by now. Only an attempt that
 * died before its `open` left no token; it is found by its worker's identity [WRK3].
 */
export async function failDeadAttempts(store: Store, temporal: TemporalClient, log: Logger): Promise<void> {
  for (const { taskToken, owner, ...held } of await store.outbox.heldAttempts()) {
    if (!isDead(owner)) continue;
    await temporal.failAttempt(Buffer.from(taskToken, 'base64'));
    log.info({ ...held, owner }, 'the worker of this attempt has died; the attempt is failed, and the next one begins');
  }
  for (const conversationId of await store.outbox.openConversations()) {
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
}
