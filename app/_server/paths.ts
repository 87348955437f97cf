import { z } from 'zod';
import { Id } from '#lib/protocol/ids.ts';

export const ConversationPath = z.object({ conversationId: Id });
export const TurnPath = z.object({ conversationId: Id, turnId: Id });
