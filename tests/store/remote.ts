import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openStore, type Store } from '#lib/store/store.ts';
import { killedAtExit } from '#tests/support/children.ts';
import type { StorePlace } from './place.ts';

/** The verbs that change something, which two processes may ask for at once. */
export type Verbs = Pick<Store, 'submit'> & {
  log: Pick<Store['log'], 'open' | 'append' | 'end' | 'fail'>;
  conversations: Pick<Store['conversations'], 'stop' | 'delete' | 'restore'>;
  outbox: Pick<Store['outbox'], 'sweep'>;
};
type Call = { n: number; now: number; path: string[]; args: unknown[] };
type Answer = { n: number; value?: unknown; error?: string };

if (import.meta.main) {
  let now = 0;
  const store = openStore({ dataDir: process.env.DATA_DIR ?? '', durable: true, now: () => now });
  process.on('message', ({ n, path: [first = '', second], args, ...call }: Call) => {
    now = call.now;
    const part = (store as unknown as Record<string, Record<string, unknown>>)[first];
    const verb = (second === undefined ? part : part?.[second]) as (...args: unknown[]) => Promise<unknown>;
    const answer = (answered: Omit<Answer, 'n'>) => process.send?.({ n, ...answered } satisfies Answer);
    verb(...args).then(
      (value) => answer({ value }),
      (error: unknown) => answer({ error: String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

/** The store as another process has it open: each verb acts there, by the clock of here. */
export type Remote = Verbs & {
  pid: number;
  /** Ends it as a power cut would. What it has not answered by then is never answered. */
  kill(): Promise<void>;
};

export async function startRemote(place: StorePlace, now: () => number): Promise<Remote> {
  const child = killedAtExit(
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', import.meta.filename], {
      env: { ...process.env, ...place.env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    }),
  );
  child.unref();
  child.channel?.unref();
  const exited = once(child, 'exit');
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`The other process ended with ${code}.`))),
  ]);
  child.on('message', ({ n, value, error }: Answer) => {
    if (error === undefined) waiting.get(n)?.resolve(value as never);
    else waiting.get(n)?.reject(new Error(error));
    waiting.delete(n);
  });
  let n = 0;
  const verb =
    (...path: string[]) =>
    (...args: unknown[]): Promise<never> => {
      const answer = Promise.withResolvers<never>();
      waiting.set(++n, answer);
      child.send({ n, now: now(), path, args } satisfies Call);
      return answer.promise;
    };
  return {
    pid: child.pid!,
    submit: verb('submit'),
    log: {
      open: verb('log', 'open'),
      append: verb('log', 'append'),
      end: verb('log', 'end'),
      fail: verb('log', 'fail'),
    },
    conversations: {
      stop: verb('conversations', 'stop'),
      delete: verb('conversations', 'delete'),
      restore: verb('conversations', 'restore'),
    },
    outbox: { sweep: verb('outbox', 'sweep') },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
