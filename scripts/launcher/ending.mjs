import { ENDING } from './services.mjs';

/** npm passes a Ctrl-C on that its child has had already: within this time it is the same one. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Sees to it that everything is ended in order and once, whatever the reason; a second Ctrl-C does not wait for the order.
 * @param {object} parts
 * @param {import('./supervisor.mjs').Supervisor} parts.supervisor
 * @param {import('./record.mjs').Record} parts.record
 * @param {import('./say.mjs').Say} parts.say
 * @returns {(code: number) => Promise<void>} ends everything, this process last
 */
export function prepareEnding({ supervisor, record, say }) {
  /** @type {number | undefined} */
  let endingSince;

  /** @param {number} code */
  async function end(code) {
    if (endingSince !== undefined) return;
    endingSince = performance.now();
    say.forgetTasks();
    await supervisor.endAll(ENDING);
    record.release();
    process.exit(code);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (endingSince === undefined) say.line('Ending …');
      else if (performance.now() - endingSince > SAME_SIGNAL_MS) process.exit(1);
      void end(0);
    });
  }
  process.on('exit', () => supervisor.killAll());
  process.on('uncaughtException', (error) => {
    say.problem(error.stack ?? error.message);
    void end(1);
  });
  // The terminal or the pipe has gone: nothing can be shown any more, which is no reason to end.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return end;
}
