import { methods } from '#app/_server/methods.ts';
import { ConversationPath } from '#app/_server/paths.ts';
import { respond } from '#app/_server/respond.ts';
import { sendTurn } from '#app/_server/turns.ts';
import { SendTurn } from '#lib/protocol/command.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: respond({ params: ConversationPath, body: SendTurn }, ({ params, body }) =>
    sendTurn(params.conversationId, body),
  ),
});
