import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startTime } from '../../scripts/launcher/process-group.mjs';
import { openRecord } from '../../scripts/launcher/record.mjs';

let dataDir: string;
const file = () => join(dataDir, 'launcher.json');
const DEAD = { pid: process.pid, startTime: 'in another life', url: 'http://localhost:3000' };

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-record-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
});

/** A process in a group of its own that sleeps until it is ended. */
async function sleeper(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return child as ChildProcess & { pid: number };
}

test('a second start learns where the first one runs', () => {
  const record = openRecord(dataDir);
  expect(() => openRecord(dataDir)).toThrow(
    `Parley already starts with the data in ${dataDir} (process ${process.pid})`,
  );
  record.setUrl('http://localhost:3000');
  expect(() => openRecord(dataDir)).toThrow('Parley already runs at http://localhost:3000');
  record.release();
  openRecord(dataDir).release();
  expect(readdirSync(dataDir)).toEqual([]);
});

test('a launcher whose pid another process has by now is dead, and so are its children', async () => {
  const innocent = await sleeper();
  const children = [{ name: 'worker', pid: innocent.pid, startTime: 'in another life' }];
  writeFileSync(file(), JSON.stringify({ ...DEAD, children }));
  const record = openRecord(dataDir);
  expect(await record.endOrphans(['worker'])).toEqual([]);
  expect(startTime(innocent.pid)).toBeDefined();
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ pid: process.pid, children: [] });
});

test('what a killed launcher left behind is ended', async () => {
  const orphan = await sleeper();
  const ended = once(orphan, 'exit');
  const children = [{ name: 'worker', pid: orphan.pid, startTime: startTime(orphan.pid) }];
  writeFileSync(file(), JSON.stringify({ ...DEAD, children }));
  const record = openRecord(dataDir);
  expect(JSON.parse(readFileSync(file(), 'utf8')).children).toEqual(children);
  expect(await record.endOrphans(['worker'])).toEqual(['worker']);
  expect(await ended).toEqual([null, 'SIGTERM']);
});

test.each(['', '{', 'null', '[]', '{"pid": "x"}'])('a record that says %j is nobody’s', (text) => {
  writeFileSync(file(), text);
  openRecord(dataDir).release();
  expect(existsSync(file())).toBe(false);
});

test('of many that start at once over a dead record exactly one gets it', async () => {
  writeFileSync(file(), JSON.stringify({ ...DEAD, children: [] }));
  const script = `
    const { openRecord } = await import(${JSON.stringify(join(import.meta.dirname, '../../scripts/launcher/record.mjs'))});
    try { openRecord(process.argv[1]); console.log('mine'); } catch (error) { console.log(error.message); }
    setInterval(() => {}, 1000);`;
  const outputs = Array.from({ length: 6 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [said] = await once(child.stdout, 'data');
    return String(said).trim();
  });
  const said = await Promise.all(outputs);
  expect(said.filter((line) => line === 'mine')).toHaveLength(1);
  expect(said.filter((line) => line.startsWith('Parley already starts'))).toHaveLength(5);
});

test('a folder that cannot be written to is refused readably', () => {
  writeFileSync(join(dataDir, 'a-file'), '');
  expect(() => openRecord(join(dataDir, 'a-file'))).toThrow(
    /DATA_DIR .*a-file cannot be written to \((EEXIST|ENOTDIR)\)/,
  );
});
