import { isOurHost } from './addresses.ts';
import { refusal, toResponse, type Answer } from './answer.ts';
import { troubleOf } from './trouble.ts';
import { webEnv } from './web-env.ts';

export type Context = { params: Promise<unknown> };
export type Handler = (request: Request, context: Context) => Promise<Response>;

/** What every call of the API has in common: asked by our name, answered in JSON, trouble put into words. */
export function answering(verb: (request: Request, context: Context) => Promise<Answer>): Handler {
  return async (request, context) => {
    try {
      if (!isOurHost(request, webEnv())) {
        return toResponse(
          refusal('unknown_host', 'Parley is not served under this name. Use localhost, or set PUBLIC_URL.'),
        );
      }
      return toResponse(await verb(request, context));
    } catch (error) {
      return toResponse(troubleOf(error));
    }
  };
}
