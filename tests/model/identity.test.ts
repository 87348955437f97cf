import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { Store } from '#lib/store/store.ts';
import type { PendingAttempt, TemporalClient } from '#lib/temporal/client.ts';
import { isDead, ownIdentity } from '#worker/identity.ts';
import { failDeadAttempts } from '#worker/predecessor.ts';

/** Another process of this machine, and what it would call itself. */
async function another() {
  const child = spawn('sleep', ['60']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const start = await startOf(child.pid!);
  return {
    identity: `${hostname()}:${child.pid}:${start}`,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** As the identity of a process says it, asked for in the process itself. */
async function startOf(pid: number): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  if (process.platform !== 'linux') return '';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}

test('[WRK2] a process that runs is not dead, and is once it has ended', async () => {
  expect(isDead(ownIdentity())).toBe(false);
  const other = await another();
  expect(isDead(other.identity)).toBe(false);
  await other.kill();
  expect(isDead(other.identity)).toBe(true);
});

test('[WRK2] a pid that has come again is another process', () => {
  const [host, pid] = ownIdentity().split(':');
  expect(isDead(`${host}:${pid}:1`)).toBe(true);
});

test('[WRK2] of a process on another machine nothing is known', () => {
  const [, pid] = ownIdentity().split(':');
  expect(isDead(`elsewhere:${pid}:1`)).toBe(false);
  expect(isDead('whatever')).toBe(false);
});

/** What a new worker does about attempts of these owners, one with a token and one without each. */
async function failedOf(owners: Record<string, string>, isTaken: (name: string) => boolean = () => true) {
  const outbox = {
    heldAttempts: async () =>
      Object.entries(owners).map(([name, owner]) => ({
        conversationId: name,
        turnId: name,
        step: 0,
        attempt: 1,
        owner,
        taskToken: Buffer.from(name).toString('base64'),
      })),
    openConversations: async () => Object.keys(owners),
  };
  const failed: string[] = [];
  const temporal: Pick<TemporalClient, 'failAttempt' | 'pendingAttempts'> = {
    async failAttempt(attempt) {
      const name = attempt instanceof Uint8Array ? Buffer.from(attempt).toString() : attempt.workflowId;
      if (!isTaken(name)) throw new Error('Temporal did not answer in time');
      failed.push(attempt instanceof Uint8Array ? `token of ${name}` : `activity ${attempt.activityId} of ${name}`);
    },
    pendingAttempts: async (name) => {
      const attempt: PendingAttempt = { workflowId: name, runId: `run of ${name}`, activityId: '7' };
      return [{ ...attempt, identity: owners[name]! }];
    },
  };
  await failDeadAttempts({ outbox } as unknown as Store, temporal as TemporalClient, pino({ level: 'silent' }));
  return failed;
}

test('[WRK2] [WRK3] only dead workers’ attempts are failed: by token, and those without one by their worker', async () => {
  const dead = await another();
  await dead.kill();
  const owners = { dead: dead.identity, living: ownIdentity(), elsewhere: 'elsewhere:1:1' };
  expect(await failedOf(owners)).toEqual(['token of dead', 'activity 7 of dead']);
});

test('[WRK2] [WRK3] an attempt that Temporal does not fail in time holds up no other', async () => {
  const dead = await another();
  await dead.kill();
  const owners = { first: dead.identity, second: dead.identity };
  expect(await failedOf(owners, (name) => name === 'second')).toEqual(['token of second', 'activity 7 of second']);
});
