import { refusal } from './answer.ts';
import { answering, type Handler } from './answering.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type Method = (typeof METHODS)[number];

/** A route's handlers for every method that Next knows: left to itself it answers those that are missing without a word. */
export function methods(handlers: Partial<Record<Method, Handler>>): Record<Method, Handler> {
  const own = { ...(handlers.GET && { HEAD: handlers.GET }), ...handlers };
  const allow = METHODS.filter((method) => method in own).join(', ');
  const refuse = answering(async () =>
    refusal('method_not_allowed', `This method does nothing here. Allowed: ${allow}.`, { allow }),
  );
  return { ...everyMethod(refuse), ...own };
}

/** Paths that lead nowhere. */
export const unknownPath = (): Record<Method, Handler> =>
  everyMethod(answering(async () => refusal('not_found', 'There is nothing at this address.')));

const everyMethod = (handler: Handler): Record<Method, Handler> => ({
  GET: handler,
  HEAD: handler,
  POST: handler,
  PUT: handler,
  PATCH: handler,
  DELETE: handler,
  OPTIONS: handler,
});
