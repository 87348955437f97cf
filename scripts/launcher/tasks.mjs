import { constants } from 'node:os';
import path from 'node:path';
import { createLogs } from './logs.mjs';
import { Refusal } from './refusal.mjs';
import { createSay } from './say.mjs';
import { createSupervisor } from './supervisor.mjs';

/** @typedef {import('./supervisor.mjs').Supervisor['run']} Run */
/** @typedef {import('./say.mjs').Say} Say */

/**
 * For scripts that run tasks and keep nothing running: gives them `run` and `say`, ends what runs on a signal,
 * and shows a refusal as its line. The process ends with it.
 * @param {string} dataDir its logs go there
 * @param {(parts: { run: Run, say: Say }) => Promise<number | void>} work may answer with an exit code
 */
export async function runTasks(dataDir, work) {
  const say = createSay();
  // Tasks end with this process; there is nothing to find again after a kill.
  const record = { add() {}, remove() {} };
  const logs = createLogs(path.join(dataDir, 'logs'));
  const supervisor = createSupervisor({ say, logs, record, onRefusal() {} });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => void supervisor.endAll([]).then(() => process.exit(128 + constants.signals[signal])));
  }
  try {
    process.exitCode = (await work({ run: supervisor.run, say })) ?? 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say.problem(error.message);
    process.exitCode = 1;
  }
}
