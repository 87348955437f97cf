import { z } from 'zod';
import { isOurOrigin } from './addresses.ts';
import { refusal, type Answer } from './answer.ts';
import { answering, type Handler } from './answering.ts';
import { readJson } from './read-json.ts';
import { inWords, refusedInput } from './refused-input.ts';
import { webEnv } from './web-env.ts';

/** The parts of a call; one without a schema is not read. */
type Schemas = { params?: z.ZodType; query?: z.ZodType; body?: z.ZodType };
type Input<S extends Schemas> = { [Part in keyof S]: z.output<NonNullable<S[Part]>> };

const CHANGES_NOTHING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** A route handler: the call is checked and parsed, one verb acts, its answer goes out as JSON [API1]. */
export function respond<S extends Schemas>(schemas: S, verb: (input: Input<S>) => Promise<Answer>): Handler {
  const Call = z.object({ ...schemas });
  return answering(async (request, context) => {
    if (!CHANGES_NOTHING.has(request.method) && !isOurOrigin(request, webEnv())) {
      return refusal('foreign_origin', 'This request comes from a page of another site.');
    }
    const read = schemas.body ? await readJson(request) : { json: undefined };
    if ('refused' in read) return read.refused;
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const call = Call.safeParse({ params: await context.params, query, body: read.json }, { error: inWords });
    return call.success ? verb(call.data as Input<S>) : refusedInput(call.error.issues);
  });
}
