import { z } from 'zod';
import { Id } from '#lib/protocol/ids.ts';
import type { Answer } from './answer.ts';
import type { Context } from './answering.ts';
import { webLog } from './app.ts';

const Refused = z.object({ error: z.object({ code: z.string() }) });
/** Of a path only ids are told: anything else in it was written by whoever called. */
const Ids = z.object({ conversationId: Id.optional().catch(undefined), turnId: Id.optional().catch(undefined) });

/** One line for a call that is refused: by its code and its ids, without its body and its words [OBS3]. */
export async function noteRefusal(request: Request, { params }: Context, { status, body }: Answer): Promise<void> {
  const refused = Refused.safeParse(body);
  if (!refused.success) return;
  const { code } = refused.data.error;
  const ids = Ids.safeParse(await params).data;
  const from = code === 'unknown_host' || code === 'foreign_origin' ? whoAsked(request) : {};
  webLog().info({ ...ids, method: request.method, status, code, ...from }, 'refused; nothing was changed');
}

/** What a person needs to set PUBLIC_URL right, or to know whose page it was. */
export const whoAsked = ({ headers }: Pick<Request, 'headers'>) => ({
  host: headers.get('host'),
  origin: headers.get('origin'),
});
