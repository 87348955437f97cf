import { EXIT_CONFIG } from '#lib/env.ts';
import { webTemporal } from './app.ts';
import { answerOddMethods } from './odd-methods.ts';
import { webEnv } from './web-env.ts';

/** A wrong variable is one readable refusal to start; nothing else keeps the web from answering. */
export function boot(): void {
  try {
    webEnv();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(EXIT_CONFIG);
  }
  answerOddMethods();
  // Opens the connection, so that the first send does not pay the 100 ms of a first call. Never throws; may be away.
  void webTemporal().isReachable();
}
