import { changeConversation, deleteConversation, readConversation } from '#app/_server/conversations.ts';
import { methods } from '#app/_server/methods.ts';
import { ConversationPath } from '#app/_server/paths.ts';
import { respond } from '#app/_server/respond.ts';
import { ChangeConversation, TurnsPage } from '#lib/protocol/command.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: respond({ params: ConversationPath, query: TurnsPage }, ({ params, query }) =>
    readConversation(params.conversationId, query),
  ),
  PATCH: respond({ params: ConversationPath, body: ChangeConversation }, ({ params, body }) =>
    changeConversation(params.conversationId, body),
  ),
  DELETE: respond({ params: ConversationPath }, ({ params }) => deleteConversation(params.conversationId)),
});
