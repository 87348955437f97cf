import { LIMITS } from '#lib/protocol/limits.ts';
import { ProviderFailure } from './port.ts';

/**
 * The same answer, given up where one of its events, or the body of a refusal, outgrows the limit [ACT9]: whoever reads
 * it gathers the whole of either before looking at it, and one provider could fill the memory under every stream.
 */
export function bounded(response: Response): Response {
  if (!response.body) return response;
  let gathered = 0;
  let tail = Buffer.alloc(0);
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        const bytes = Buffer.concat([tail, piece]);
        const end = response.ok ? endOfEvent(bytes) : -1;
        gathered = end < 0 ? gathered + piece.length : bytes.length - end;
        if (gathered > LIMITS.providerEventBytes) throw tooLarge();
        tail = bytes.subarray(-END_BYTES);
        controller.enqueue(piece);
      },
    }),
  );
  return new Response(body, response);
}

/** An end of an event that lies across two pieces is seen with the second: so many bytes of the first are kept. */
const END_BYTES = 2;

/** Where the last event that ends in these bytes does so, by an empty line; -1 where none does. */
const endOfEvent = (bytes: Buffer) => Math.max(bytes.lastIndexOf('\n\n'), bytes.lastIndexOf('\n\r\n'));

const tooLarge = () =>
  new ProviderFailure({
    code: 'event_too_large',
    message: 'The model’s server sent more in one piece than Parley takes.',
  });
