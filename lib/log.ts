import { pino, stdTimeFunctions, type Logger } from 'pino';

export type Log = Logger;

/**
 * JSON lines to stdout, for one process named by `part`. Lines name things by their ids: no prompt, no reply, no key may
 * be put into one.
 */
export const createLog = (part: 'web' | 'worker'): Log => pino({ base: { part }, timestamp: stdTimeFunctions.isoTime });
