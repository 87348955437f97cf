import { expect, test } from 'vitest';
import type { Engine } from '#worker/model/embedded/engine.ts';
import { becomeReady, type Readiness } from '#worker/model/embedded/readiness.ts';

const engine: Engine = {
  name: 'scripted',
  contextTokens: 8,
  tokenize: () => [],
  reply: () => Promise.reject(new Error('not asked here')),
};

const unreachable = () => Promise.reject(new Error('no network'));

test('[EM1] it tries again until the model is there, and says what failed meanwhile', async () => {
  const said: Readiness[] = [];
  let tries = 0;
  const obtain = async (onPercent: (percent: number) => void) => {
    onPercent(0);
    if (++tries < 3) throw new Error(`no network ${tries}`);
    return 'file';
  };
  await becomeReady({ obtain, load: async () => engine }, (now) => said.push(now), new AbortController().signal, [1]);
  expect(said.map((now) => (now.status === 'unavailable' ? now.message : now.status))).toEqual([
    'downloading',
    'no network 1',
    'downloading',
    'no network 2',
    'downloading',
    'loading',
    'ok',
  ]);
});

test('[EM1] an end in a pause ends the tries', async () => {
  const ending = new AbortController();
  const done = becomeReady(
    { obtain: unreachable, load: async () => engine },
    () => ending.abort(),
    ending.signal,
    [3_600_000],
  );
  await expect(done).resolves.toBeUndefined();
});
