import type { Family } from './measure.ts';
import { firstToken } from './rows/first-token.ts';
import { frames } from './rows/frames.ts';
import { history } from './rows/history.ts';
import { interject } from './rows/interject.ts';
import { long } from './rows/long.ts';
import { reconnect } from './rows/reconnect.ts';
import { sockets } from './rows/sockets.ts';
import { start } from './rows/start.ts';
import { stopAway } from './rows/stop-away.ts';
import { stop } from './rows/stop.ts';
import { tokenRate } from './rows/token-rate.ts';
import { wire } from './rows/wire.ts';
import { workerKilled } from './rows/worker-killed.ts';

/** As they stand in the table. Those that disturb come last, the one that needs the machine to itself at the very end. */
export const families: Family[] = [
  firstToken,
  stop,
  interject,
  tokenRate,
  wire,
  history,
  reconnect,
  frames,
  long,
  sockets,
  stopAway,
  workerKilled,
  start,
];
