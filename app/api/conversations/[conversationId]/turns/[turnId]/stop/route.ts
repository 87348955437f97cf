import { methods } from '#app/_server/methods.ts';
import { TurnPath } from '#app/_server/paths.ts';
import { respond } from '#app/_server/respond.ts';
import { stopTurn } from '#app/_server/turns.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: respond({ params: TurnPath }, ({ params }) => stopTurn(params.conversationId, params.turnId)),
});
