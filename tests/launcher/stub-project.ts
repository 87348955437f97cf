import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/*
 * A project with the real launcher and small stand-ins for what it starts, so that a test sees the launcher's own doing in a second
 * or two: each stand-in is a real process that listens on the real port and notes what it was given.
 */

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Notes environment and arguments in DATA_DIR/NAME.json. */
const note = (name: string) =>
  `require('node:fs').writeFileSync(process.env.DATA_DIR + '/${name}.json', JSON.stringify({ pid: process.pid, env: process.env, argv: process.argv }));`;

const STAND_INS: Record<string, string> = {
  'package.json': '{"type": "commonjs"}',
  'package-lock.json': '{"packages": {"": {}, "node_modules/next": {"version": "1.0.0"}}}',
  'node_modules/.package-lock.json': '{"packages": {"node_modules/next": {"version": "1.0.0"}}}',
  'node_modules/next/dist/bin/next': `
    const { writeFileSync, mkdirSync, appendFileSync } = require('node:fs');
    if (process.argv[2] === 'build') {
      appendFileSync('builds.txt', 'built\\n');
      mkdirSync('.next', { recursive: true });
      writeFileSync('.next/BUILD_ID', 'stand-in');
    } else {
      ${note('web')}
      const [, , , , host, , port] = process.argv;
      require('node:http').createServer((request, response) => {
        const gateway = require('node:net').connect(Number(process.env.GATEWAY_PORT), host);
        const answer = (status) => { response.writeHead(status); response.end(JSON.stringify({ gateway: { state: status === 200 ? 'ok' : 'down' } })); };
        gateway.once('connect', () => { gateway.destroy(); answer(200); });
        gateway.once('error', () => answer(503));
      }).listen(Number(port), host);
    }`,
  'scripts/bundle-workflows.ts': `
    require('node:fs').mkdirSync('dist', { recursive: true });
    require('node:fs').writeFileSync('dist/workflow-bundle.js', '');`,
  'lib/store/migrate.ts': `
    if (process.env.STUB_NEWER) { console.error('The store is newer than this Parley.'); process.exit(1); }`,
  'worker/main.ts': `
    ${note('worker')}
    if (process.env.STUB_REFUSAL) { console.error('Wrong configuration: STUB_REFUSAL'); process.exit(78); }
    if (process.env.STUB_STUBBORN) process.on('SIGTERM', () => {});
    require('node:net').createServer((socket) => socket.end()).listen(Number(process.env.GATEWAY_PORT), process.env.HOST);`,
  'worker/model/embedded/main.ts': `
    ${note('model')}
    require('node:http').createServer((_, response) => response.end('{"status": "ok"}')).listen(Number(process.env.EMBEDDED_MODEL_PORT), '127.0.0.1');`,
  'bin/temporal': `#!/usr/bin/env node
    if (process.argv[2] === '--version') { console.log('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)'); process.exit(0); }
    const port = Number(process.argv.find((word) => word.startsWith('--port=')).slice(7));
    require('node:net').createServer((socket) => socket.end()).listen(port, '127.0.0.1');`,
};

export type StubProject = ReturnType<typeof createStubProject>;

/** `path.delimiter` aside, its folder's name is as hard as names get. */
export function createStubProject() {
  const root = join(mkdtempSync(join(tmpdir(), 'parley launcher ')), "a folder's name");
  for (const [file, text] of Object.entries(STAND_INS)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text.trimStart(), { mode: 0o755 });
  }
  cpSync(join(REPOSITORY, 'scripts', 'launcher'), join(root, 'scripts', 'launcher'), { recursive: true });
  cpSync(join(REPOSITORY, 'scripts', 'start.mjs'), join(root, 'scripts', 'start.mjs'));
  symlinkSync(dirname(dirname(process.execPath)), join(root, 'node_modules', 'node'));

  const runs: ReturnType<typeof follow>[] = [];
  return {
    root,
    dataDir: join(root, '.data'),
    file: (name: string) => join(root, name),
    noted: (name: string) => JSON.parse(readFileSync(join(root, '.data', `${name}.json`), 'utf8')) as Noted,
    start(env: Record<string, string> = {}, flags: string[] = []) {
      const launcher = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), ...flags], {
        env: {
          PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter),
          MODEL_SOURCE: 'embedded',
          ...env,
        } as unknown as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const run = follow(launcher);
      runs.push(run);
      return run;
    },
    /** Ends what a test that failed may have left. */
    async remove() {
      for (const { launcher, ended } of runs) {
        launcher.kill('SIGTERM');
        await ended;
      }
      rmSync(dirname(root), { recursive: true, force: true });
    },
  };
}

export type Noted = { pid: number; env: Record<string, string | undefined>; argv: string[] };

/** A launcher's output, line by line, and its end. */
function follow(launcher: ChildProcess) {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [launcher.stdout, launcher.stderr]) {
    if (!stream) throw new Error('the launcher has no output');
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => launcher.once('close', resolve));
  return {
    launcher,
    lines,
    ended,
    /** The first line that matches, already there or still to come; fails with all lines when the launcher ends without it. */
    line(pattern: RegExp): Promise<string> {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`no line ${pattern} in:\n${lines.join('\n')}`)));
      });
    },
  };
}
