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

test('[WRK2] [WRK3] only dead workers’ attempts are failed: by token, and those without one by their worker', async () => {
  const dead = await another();
  await dead.kill();
  const living = ownIdentity();
  const elsewhere = 'elsewhere:1:1';
  const owners = { dead: dead.identity, living, elsewhere };
  const outbox = {
    heldAttempts: async () =>
      Object.entries(owners).map(([name, owner]) => ({
        conversationId: name,
        turnId: name,
        step: 0,
        attempt: 1,
        owner,
        taskToken: Buffer.from(`token of ${name}`).toString('base64'),
      })),
    openConversations: async () => Object.keys(owners),
  };
  const attemptOf = (name: string): PendingAttempt => ({ workflowId: name, runId: `run of ${name}`, activityId: '7' });
  const failed: unknown[] = [];
  const temporal: Pick<TemporalClient, 'failAttempt' | 'pendingAttempts'> = {
    failAttempt: async (attempt) =>
      void failed.push(attempt instanceof Uint8Array ? Buffer.from(attempt).toString() : attempt),
    pendingAttempts: async (name) => [{ ...attemptOf(name), identity: owners[name as keyof typeof owners] }],
  };
  await failDeadAttempts({ outbox } as unknown as Store, temporal as TemporalClient, pino({ level: 'silent' }));
  expect(failed).toEqual(['token of dead', attemptOf('dead')]);
});
