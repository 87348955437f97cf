import { LIMITS } from '#lib/protocol/limits.ts';
import { refusal, type Answer } from './answer.ts';

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

export type ReadJson = { json: unknown } | { refused: Answer };
const refused = (...why: Parameters<typeof refusal>): ReadJson => ({ refused: refusal(...why) });

/**
 * The body as JSON. Its length is counted here, as it comes: Next cuts a body of more than 10 MB without a word, and a
 * chunked one does not say its length.
 */
export async function readJson(request: Request): Promise<ReadJson> {
  const { headers, body } = request;
  if (
    !JSON_TYPE.test(headers.get('content-type') ?? '') ||
    (headers.get('content-encoding') ?? 'identity') !== 'identity'
  ) {
    return refused('unsupported_media_type', 'Send the body as application/json in UTF-8.');
  }
  if (Number(headers.get('content-length') ?? 0) > LIMITS.bodyBytes) return tooLarge;
  let bytes: Uint8Array | null;
  try {
    bytes = await readAtMost(LIMITS.bodyBytes, body);
  } catch {
    // The caller went away, or broke its own framing.
    return refused('invalid_body', 'The body did not arrive whole.');
  }
  if (bytes === null) return tooLarge;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refused('invalid_utf8', 'The body is not valid UTF-8.'); // the decoder's one complaint
  }
  try {
    return { json: JSON.parse(text) };
  } catch {
    return refused('invalid_json', 'The body is not valid JSON.'); // a SyntaxError
  }
}

const tooLarge = refused('body_too_large', `The body is longer than ${LIMITS.bodyBytes / 1024} KiB.`);

async function readAtMost(limit: number, body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.byteLength;
    if (length > limit) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
