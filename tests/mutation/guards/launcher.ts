import { guardsOf } from '../guard.ts';

const LAUNCHER = 'tests/launcher/launcher.test.ts';
const RECORD = 'tests/launcher/record.test.ts';

/** What keeps the processes: the launcher's rows whose promise is the README's and no rule's name none. */
export const launcherGuards = [
  ...guardsOf('scripts/launcher/supervisor.mjs', 'tests/launcher/supervisor.test.ts', [
    {
      rules: ['OBS4'],
      name: 'launcher: the process that died is named',
      from: 'child.pid === undefined ? name : `${name} (process ${child.pid})`',
      to: 'name',
      only: 'OBS4',
    },
    {
      rules: ['OBS4'],
      name: 'launcher: the one in its place is named',
      from: '`started again as process ${pid}`',
      to: "'started again'",
      only: 'OBS4',
    },
    {
      rules: [],
      name: 'launcher: a part that refuses its configuration is not started again',
      from: 'if (end.code === REFUSED) {',
      to: 'if (false) {',
      only: 'refuses',
    },
    {
      rules: [],
      name: 'launcher: parts end in their order',
      from: 'for (const name of order) {\n      const service',
      to: 'for (const name of order.toReversed()) {\n      const service',
      only: 'in order',
    },
    {
      rules: [],
      name: 'launcher: a restart on purpose is no death',
      from: 'service.isRestarting = true;',
      to: '',
      only: 'on purpose',
    },
  ]),
  ...guardsOf('scripts/launcher/pauses.mjs', 'tests/launcher/pauses.test.ts', [
    {
      rules: [],
      name: 'launcher: who lived long has its troubles behind it',
      from: 'livedMs < QUICK_MS ? before + 1 : 1',
      to: 'before + 1',
    },
    { rules: [], name: 'launcher: the first death costs no pause', from: 'quickDeaths <= 1 ? 0 : ', to: '' },
    {
      rules: [],
      name: 'launcher: no pause is longer than half a minute',
      from: 'Math.min(LONGEST_MS, 1_000 * 2 ** (quickDeaths - 2))',
      to: '1_000 * 2 ** (quickDeaths - 2)',
    },
  ]),
  ...guardsOf('scripts/launcher/claim.mjs', RECORD, [
    {
      rules: [],
      name: 'launcher: one at a time on a folder',
      from: 'if (isAlive(found)) return { heldBy: found };',
      to: '',
      only: 'second start',
    },
    {
      rules: [],
      name: 'launcher: a claim is never made over another',
      from: 'linkSync(mine, file);',
      to: 'renameSync(mine, file);',
      only: 'second start',
    },
    {
      rules: [],
      name: 'launcher: a pid that has come again is another process',
      from: 'began !== undefined && startTime(pid) === began',
      to: 'startTime(pid) !== undefined',
      only: 'pid another process',
    },
  ]),
  ...guardsOf('scripts/launcher/record.mjs', RECORD, [
    {
      rules: [],
      name: 'launcher: what a killed one left is ended',
      from: 'for (const { pid } of orphans) await endGroup(pid, ORPHAN_GRACE_MS);',
      to: '',
      only: 'left behind is ended',
    },
    {
      rules: [],
      name: 'launcher: nobody else’s process is ended',
      from: 'if (now !== undefined) return now === began;',
      to: 'if (now !== undefined) return true;',
      only: 'pid another process',
    },
    {
      rules: [],
      name: 'launcher: its record goes with it',
      from: 'rmSync(file, { force: true });',
      to: '',
      only: 'second start',
    },
  ]),
  ...guardsOf('scripts/launcher/ports.mjs', 'tests/launcher/ports.test.ts', [
    {
      rules: [],
      name: 'ports: one that was spelled out is met or refused',
      from: 'else if (wish.explicit)\n',
      to: 'else if (false)\n',
    },
    {
      rules: [],
      name: 'ports: what was spelled out comes first',
      from: '.sort((a, b) => Number(b.explicit) - Number(a.explicit))',
      to: '',
    },
    { rules: [], name: 'ports: the same one twice is refused', from: 'if (twin)', to: 'if (false)' },
    {
      rules: [],
      name: 'ports: both loopback families are asked',
      from: "new Set(['127.0.0.1', '::1', host])",
      to: 'new Set([host])',
    },
  ]),
  ...guardsOf('scripts/launcher/fingerprint.mjs', 'tests/launcher/fingerprint.test.ts', [
    { rules: [], name: 'build: a renamed file is a change', from: '`${file}\\0${content.length}\\0`', to: "''" },
    {
      rules: [],
      name: 'build: what is not ours is no change',
      from: ".filter((name) => !name.startsWith('.'))",
      to: '',
    },
  ]),
  ...guardsOf('scripts/launcher/build.mjs', LAUNCHER, [
    {
      rules: [],
      name: 'build: once for the same sources',
      from: 'isThere && readIfThere(recordOf(root)) === fingerprint(root, SOURCES)',
      to: 'false',
      only: 'builds once',
    },
    {
      rules: [],
      name: 'build: again when a source changes',
      from: 'isThere && readIfThere(recordOf(root)) === fingerprint(root, SOURCES)',
      to: 'isThere',
      only: 'builds once',
    },
  ]),
  ...guardsOf('scripts/launcher/lock.mjs', LAUNCHER, [
    {
      rules: [],
      name: 'build: two starts prepare one after the other',
      from: 'while (claim(file, me).heldBy !== undefined) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));',
      to: 'claim(file, me);',
      only: 'two starts',
    },
  ]),
  ...guardsOf('scripts/launcher/services.mjs', LAUNCHER, [
    {
      rules: ['SEC5'],
      name: 'launcher: the key is given to the worker alone',
      from: 'const { OPENAI_API_KEY: _, ...rest } = env;\n  return rest;',
      to: 'return env;',
      only: 'key to the worker',
    },
  ]),
  ...guardsOf('scripts/launcher/settings.mjs', 'tests/launcher/settings.test.ts', [
    {
      rules: ['SEC6'],
      name: 'launcher: a loopback address or none',
      from: "if (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')) return host;",
      to: 'if (family !== 0) return host;',
    },
  ]),
  ...guardsOf('scripts/launcher/model.mjs', 'tests/launcher/model.test.ts', [
    {
      rules: ['MOD1'],
      name: 'model: what the environment names comes first',
      from: 'if (env.OPENAI_API_KEY || env.OPENAI_BASE_URL) {',
      to: 'if (false) {',
    },
    {
      rules: ['MOD1'],
      name: 'model: the embedded one where it is wished for',
      from: "if (env.MODEL_SOURCE === 'embedded') return EMBEDDED;",
      to: '',
    },
    {
      rules: ['MOD1'],
      name: 'model: a local server’s first that chats',
      from: 'ids.find((id) => !NO_CHAT.test(id))',
      to: 'ids[0]',
    },
    {
      rules: ['MOD1'],
      name: 'model: a local server before the embedded one',
      from: 'if (!offer?.model) return EMBEDDED;',
      to: 'return EMBEDDED;',
    },
  ]),
];
