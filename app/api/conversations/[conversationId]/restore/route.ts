import { restoreConversation } from '#app/_server/conversations.ts';
import { methods } from '#app/_server/methods.ts';
import { ConversationPath } from '#app/_server/paths.ts';
import { respond } from '#app/_server/respond.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: respond({ params: ConversationPath }, ({ params }) => restoreConversation(params.conversationId)),
});
