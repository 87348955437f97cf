import { methods } from '#app/_server/methods.ts';
import { TurnPath } from '#app/_server/paths.ts';
import { respond } from '#app/_server/respond.ts';
import { changeTurn, findTurn } from '#app/_server/turns.ts';
import { ChangeTurn } from '#lib/protocol/command.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: respond({ params: TurnPath }, ({ params }) => findTurn(params.conversationId, params.turnId)),
  PATCH: respond({ params: TurnPath, body: ChangeTurn }, ({ params, body }) =>
    changeTurn(params.conversationId, params.turnId, body),
  ),
});
