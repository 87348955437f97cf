import { expect, test } from 'vitest';
import { startWeb } from '#tests/support/web.ts';

test.each([
  ['HOST', '0.0.0.0', /HOST must be a loopback address/],
  ['GATEWAY_PORT', 'abc', /GATEWAY_PORT/],
  ['PUBLIC_URL', 'chat', /PUBLIC_URL/],
])('[SEC6] a wrong %s (%s) is one readable refusal to start', async (name, value, words) => {
  const refusal = await startWeb({ env: { [name]: value } }).catch((error: unknown) => String(error));
  expect(refusal).toMatch(words);
  expect(refusal).toMatch(/Wrong configuration: .+/);
  expect(refusal).not.toMatch(/^\s+at /m);
});

test('[SEC5] the key of a provider is nothing to the web process: it appears nowhere in what it writes', async () => {
  const web = await startWeb({ env: { OPENAI_API_KEY: 'sk-not-for-the-web' } });
  try {
    const answers = await Promise.all(
      ['/', '/api/health', '/api/nope'].map(async (path) => (await fetch(web.url + path)).text()),
    );
    expect(answers.join('\n') + web.output()).not.toContain('sk-not-for-the-web');
  } finally {
    await web.stop();
  }
});
