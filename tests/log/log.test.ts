import { APICallError } from 'ai';
import { expect, test } from 'vitest';
import { createLog } from '#lib/log.ts';

test('[OBS3] an error is logged without what a library hung on it: a request’s words, and its key', () => {
  let logged = '';
  const log = createLog('worker', { write: (line) => void (logged += line) });
  const cause = new APICallError({
    message: 'refused',
    url: 'http://provider.example',
    requestBodyValues: { messages: [{ role: 'user', content: 'amber anchor' }] },
    responseHeaders: { authorization: 'sk-parley-secret' },
    responseBody: 'velvet walnut',
    statusCode: 500,
  });
  const error = Object.assign(new Error('the step broke', { cause }), { code: 'ERR_X', prompt: 'copper coral' });
  log.error({ err: error }, 'it broke');
  expect(JSON.parse(logged)).toMatchObject({
    part: 'worker',
    pid: process.pid,
    msg: 'it broke',
    err: { type: 'Error', message: 'the step broke', code: 'ERR_X', cause: { message: 'refused' } },
  });
  expect(logged).not.toMatch(/amber|secret|velvet|copper/);
});

test('[OBS3] what was thrown and is no error is not written out either', () => {
  let logged = '';
  const log = createLog('web', { write: (line) => void (logged += line) });
  log.error({ err: 'amber anchor' }, 'it broke');
  expect(JSON.parse(logged)).toMatchObject({ err: { type: 'string' }, msg: 'it broke' });
  expect(logged).not.toContain('amber');
});
