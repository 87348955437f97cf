import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/**
 * JSON lines to stdout, for one process named by `part`. Lines name things by their ids: no prompt, no reply, no key may
 * be put into one [OBS3].
 */
export const createLog = (part: 'web' | 'worker', destination?: DestinationStream): Log => {
  const options = {
    base: { part, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: described },
  };
  return destination ? pino(options, destination) : pino(options);
};

/** An error without the fields that a library hangs on it, which pino would write out: a request, with its words and key. */
function described(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name: type, message, stack, cause } = error;
  return {
    type,
    message,
    stack,
    ...('code' in error && { code: error.code }),
    ...(cause instanceof Error && { cause: described(cause) }),
  };
}
