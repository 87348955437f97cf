import { z } from 'zod';
import { Id } from './ids.ts';
import { LIMITS } from './limits.ts';

/** Text that survives exactly: a NUL ends strings in too many places, a lone surrogate has no UTF-8. */
const WellFormed = z
  .string()
  .refine((text) => !text.includes('\0'), { error: 'must not contain NUL' })
  .refine((text) => text.isWellFormed(), { error: 'must not contain a lone surrogate' });

export const Prompt = WellFormed.refine((text) => text.trim() !== '', { error: 'must not be empty' }).refine(
  (text) => text.length <= LIMITS.promptLength,
  { error: `must be at most ${LIMITS.promptLength} characters`, params: { status: 413 } },
);

/** One line a name; longer than any provider's. */
const ModelName = WellFormed.refine((name) => name.trim() !== '' && name.length <= LIMITS.modelNameLength, {
  error: `must have 1 to ${LIMITS.modelNameLength} characters`,
});
const Instructions = WellFormed.refine((text) => text.length <= LIMITS.instructionsLength, {
  error: `must be at most ${LIMITS.instructionsLength} characters`,
});
const Temperature = z.number().min(0).max(LIMITS.temperatureMax);

export const NewSettings = z
  .strictObject({ model: ModelName, instructions: Instructions, temperature: Temperature })
  .partial();

export const SendTurn = z.object({
  id: Id,
  prompt: Prompt,
  mode: z.enum(['queue', 'interject']).default('queue'),
  /** Absent: the end of the line. Given: a branch after an ended turn, or at the root (`null`). */
  parentId: Id.nullable().optional(),
  /** Of a conversation that begins with this turn; of one that exists they are changed by a call of their own [SET1]. */
  settings: NewSettings.optional(),
});
export type SendTurn = z.infer<typeof SendTurn>;

/** One change of a turn that waits: its words, its place (`null`: last), or that it is said now [WAIT2] [WAIT3] [WAIT4]. */
export const ChangeTurn = z
  .object({ prompt: Prompt, before: Id.nullable(), mode: z.literal('interject') })
  .partial()
  .refine((change) => Object.values(change).filter((value) => value !== undefined).length === 1, {
    error: 'must name one change: prompt, before or mode',
  });
export type ChangeTurn = z.infer<typeof ChangeTurn>;

export const ChangeConversation = z
  .object({
    title: WellFormed.refine((title) => title.trim() !== '', { error: 'must not be empty' }).refine(
      (title) => title.length <= LIMITS.titleLength,
      { error: `must be at most ${LIMITS.titleLength} characters` },
    ),
    head: Id,
    /** Those named are changed; null takes one back to its default. */
    settings: z
      .strictObject({
        model: ModelName.nullable(),
        instructions: Instructions.nullable(),
        temperature: Temperature.nullable(),
      })
      .partial(),
  })
  .partial()
  .refine((change) => Object.values(change).some((value) => value !== undefined), { error: 'names nothing to change' });
export type ChangeConversation = z.infer<typeof ChangeConversation>;

export const TurnsPage = z.object({
  before: Id.optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageTurns).default(LIMITS.pageTurns),
});
export type TurnsPage = z.infer<typeof TurnsPage>;

/** The socket's one upward message: what its viewer looks at, and how far it knows it [VIEW1]. */
export const Subscribe = z.union([
  z.object({
    conversationId: Id,
    sinceRev: z.number().int().min(0),
    live: z.object({ turnId: Id, seq: z.number().int().min(0) }).optional(),
  }),
  z.object({ list: z.literal(true), sinceRev: z.number().int().min(0) }),
]);
export type Subscribe = z.infer<typeof Subscribe>;
