import { expect, test } from 'vitest';
import { readSettings } from '../../scripts/launcher/settings.mjs';

const read = (env: Record<string, string> = {}) => readSettings({ env, root: '/project', dev: false });
const portsOf = (env: Record<string, string>) =>
  Object.fromEntries(read(env).ports.map(({ variable, port, explicit }) => [variable, explicit ? `${port}!` : port]));

test('without any variable everything has its usual place', () => {
  expect(read()).toMatchObject({ host: '127.0.0.1', dataDir: '/project/.data', cacheDir: '/project/.cache' });
  expect(read()).toMatchObject({ temporalAddress: undefined, temporalNamespace: 'default' });
  expect(portsOf({})).toEqual({
    PORT: 3000,
    GATEWAY_PORT: 3001,
    TEMPORAL_PORT: 7233,
    TEMPORAL_UI_PORT: 8233,
    EMBEDDED_MODEL_PORT: 4891,
  });
});

test('an empty variable is one that is not set', () => {
  expect(read({ PORT: '', HOST: '', DATA_DIR: '', TEMPORAL_ADDRESS: '' })).toEqual(read());
});

test("the Temporal server's own page follows its port", () => {
  expect(portsOf({ TEMPORAL_PORT: '7300' })).toMatchObject({ TEMPORAL_PORT: '7300!', TEMPORAL_UI_PORT: 8300 });
  expect(portsOf({ TEMPORAL_PORT: '65000' })).toMatchObject({ TEMPORAL_UI_PORT: 65_535 });
});

test('a Temporal server elsewhere needs no ports here', () => {
  expect(Object.keys(portsOf({ TEMPORAL_ADDRESS: 'temporal:7233' }))).toEqual([
    'PORT',
    'GATEWAY_PORT',
    'EMBEDDED_MODEL_PORT',
  ]);
});

test.each(['abc', '0', '-1', '65536', '3000.5', '3e3', ' 80', '99999999999'])(
  'PORT=%j is refused in one line',
  (port) => {
    expect(() => read({ PORT: port })).toThrow(/^PORT is ".*": it must be a whole number from 1 to 65535\.$/);
  },
);

test.each([
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['127.3.2.1', '127.3.2.1'],
  ['::1', '::1'],
  ['[::1]', '::1'],
])('HOST=%s listens on %s', (host, address) => {
  expect(read({ HOST: host }).host).toBe(address);
});

test.each(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.0.0.1.example.org'])('HOST=%s is refused', (host) => {
  expect(() => read({ HOST: host })).toThrow(/HOST is .* no sign-in/);
});
