import { afterEach, expect, test } from 'vitest';
import { parseEnv, WebEnv, WorkerEnv } from '#lib/env.ts';

const before = process.env.HOST;
afterEach(() => {
  if (before === undefined) delete process.env.HOST;
  else process.env.HOST = before;
});

test.each(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.0.0.1.example.org'])(
  '[SEC6] web and worker do not listen on %s, whoever starts them',
  (host) => {
    process.env.HOST = host;
    for (const schema of [WebEnv, WorkerEnv]) expect(() => parseEnv(schema)).toThrow(/HOST must be a loopback address/);
  },
);

test('[SEC5] the web process does not even read the key', () => {
  expect(Object.keys(WebEnv.shape)).not.toContain('OPENAI_API_KEY');
  expect(Object.keys(WorkerEnv.shape)).toContain('OPENAI_API_KEY');
});
