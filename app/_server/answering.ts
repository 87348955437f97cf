import { isOurHost } from './addresses.ts';
import { refusal, toResponse, type Answer } from './answer.ts';
import { noteRefusal } from './refusal-log.ts';
import { troubleOf } from './trouble.ts';
import { webEnv } from './web-env.ts';

export type Context = { params: Promise<unknown> };
export type Handler = (request: Request, context: Context) => Promise<Response>;

const unknownHost = refusal('unknown_host', 'Parley is not served under this name. Use localhost, or set PUBLIC_URL.');

/** What every call of the API has in common: asked by our name, answered in JSON, trouble put into words. */
export function answering(verb: (request: Request, context: Context) => Promise<Answer>): Handler {
  return async (request, context) => {
    try {
      const answer = isOurHost(request, webEnv()) ? await verb(request, context) : unknownHost;
      await noteRefusal(request, context, answer);
      return toResponse(answer);
    } catch (error) {
      return toResponse(troubleOf(error));
    }
  };
}
