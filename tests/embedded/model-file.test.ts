import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hubSource } from '#worker/model/embedded/hub-source.ts';
import { obtainModelFile, type Source } from '#worker/model/embedded/model-file.ts';
import { packageSource } from '#worker/model/embedded/package-source.ts';

const content = Buffer.alloc(1_000_000, 'a model ');
const wanted = {
  file: 'model.gguf',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

let models: string;
let hub: Server;
let percents: number[];
beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'parley models '));
  percents = [];
});
afterEach(async () => {
  hub?.closeAllConnections();
  hub?.close();
  await rm(models, { recursive: true, force: true });
});

async function hubThat(answer: RequestListener, silenceMs?: number): Promise<Source> {
  hub = createServer(answer).listen(0, '127.0.0.1');
  await once(hub, 'listening');
  return hubSource(wanted, `http://127.0.0.1:${(hub.address() as AddressInfo).port}/model`, silenceMs);
}

const obtain = (...sources: Source[]) =>
  obtainModelFile(wanted, models, sources, (percent) => percents.push(percent), new AbortController().signal);

test('[EM3] a file with the right checksum gets its name, and the percentage grows on the way', async () => {
  const source = await hubThat((_, response) => void response.writeHead(200).end(content));
  const path = await obtain(source);
  expect(await readFile(path)).toEqual(content);
  expect(await readdir(models)).toEqual(['model.gguf']);
  expect(percents[0]).toBe(0);
  expect(percents.length).toBeGreaterThan(3);
  expect(percents).toEqual([...new Set(percents)].toSorted((a, b) => a - b));
  expect(percents.at(-1)).toBe(99);
});

test('[EM3] a file with another checksum is refused and leaves nothing', async () => {
  const source = await hubThat((_, response) => void response.end(Buffer.from(content).fill('x', 0, 1)));
  await expect(obtain(source)).rejects.toThrow(/could not be downloaded.*sha256/);
  expect(await readdir(models)).toEqual([]);
});

test('[EM3] more bytes than the file has are not taken', async () => {
  const source = await hubThat((_, response) => void response.end(Buffer.concat([content, content])));
  await expect(obtain(source)).rejects.toThrow('more than the file has');
  expect(await readdir(models)).toEqual([]);
});

test.each<[string, RequestListener, RegExp]>([
  ['says no', (_, response) => void response.writeHead(403).end(), /HTTP 403/],
  [
    'breaks off',
    (_, response) =>
      void (response.writeHead(200, { 'content-length': content.length }),
      response.write(content.subarray(0, 1000), () => response.destroy())),
    /127\.0\.0\.1/,
  ],
  ['falls silent', (_, response) => void response.writeHead(200).write(content.subarray(0, 1000)), /nothing came/],
])('[EM3] a hub that %s is a readable failure', async (_, answer, message) => {
  await expect(obtain(await hubThat(answer, 300))).rejects.toThrow(message);
  expect(await readdir(models)).toEqual([]);
});

test('[EM3] the next source is asked when the first fails, and both failures are named', async () => {
  const broken: Source = { name: 'first', fetch: () => Promise.reject(new Error('no luck')) };
  const source = await hubThat((_, response) => void response.end(content));
  expect(await readFile(await obtain(broken, source))).toEqual(content);
  await rm(join(models, wanted.file));
  await expect(obtain(broken, { ...broken, name: 'second' })).rejects.toThrow(/first: no luck; second: no luck/);
});

test('[EM3] a machine without Python is told so', async () => {
  await expect(obtain(packageSource('python-that-is-not-there'))).rejects.toThrow(
    'python-that-is-not-there is not installed',
  );
});

test('[EM3] a file that is there is not fetched again; one of another size is', async () => {
  const asked: string[] = [];
  const source = await hubThat((request, response) => (asked.push(request.url ?? ''), response.end(content)));
  await obtain(source);
  await obtain(source);
  expect(asked.length).toBe(1);
  await writeFile(join(models, wanted.file), content.subarray(1));
  expect(await readFile(await obtain(source))).toEqual(content);
});

test('[EM3] two at the same time both end with the whole file', async () => {
  const source = await hubThat((_, response) => void response.end(content));
  const paths = await Promise.all([obtain(source), obtain(source)]);
  for (const path of paths) expect(await readFile(path)).toEqual(content);
  expect(await readdir(models)).toEqual([wanted.file]);
});

test('[EM3] what a killed process left goes, what a live one is doing stays', async () => {
  const gone = join(models, '.part-999999999-abc');
  const live = join(models, `.part-${process.ppid}-abc`);
  await Promise.all([gone, live].map((folder) => mkdir(folder)));
  await obtain(await hubThat((_, response) => void response.end(content)));
  expect((await readdir(models)).toSorted()).toEqual([`.part-${process.ppid}-abc`, wanted.file]);
});

test('[EM3] an end in the middle leaves nothing and asks nobody else', async () => {
  const ending = new AbortController();
  const source = await hubThat((_, response) => void response.writeHead(200).write(content.subarray(0, 500_000)));
  const other: Source = { name: 'other', fetch: () => Promise.reject(new Error('was asked')) };
  const stopAtSome = (percent: number) => percent > 10 && ending.abort(new Error('the end'));
  await expect(obtainModelFile(wanted, models, [source, other], stopAtSome, ending.signal)).rejects.toThrow(
    /^the end$/,
  );
  expect(await readdir(models)).toEqual([]);
});
