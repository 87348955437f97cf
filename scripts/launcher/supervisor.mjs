import { startChild } from './child.mjs';
import { notable } from './notable.mjs';
import { countQuickDeaths, pauseBefore } from './pauses.mjs';
import { endGroup, signalGroup } from './process-group.mjs';
import { createTeller } from './teller.mjs';

/** @typedef {import('./child.mjs').ChildSpec} ChildSpec */
/** @typedef {import('./child.mjs').Ended} Ended */
/**
 * @typedef {ChildSpec & {
 *   graceMs: number,
 *   quiet?: boolean,
 * }} ServiceSpec `graceMs`: how long it may take to end in good order; `quiet`: its output is for its log only
 */
/**
 * @typedef {object} Service
 * @property {ServiceSpec} spec
 * @property {(line: string) => void} tell
 * @property {number | undefined} pid
 * @property {number} quickDeaths
 * @property {boolean} isRestarting
 * @property {NodeJS.Timeout} [timer]
 */
/** @typedef {ReturnType<typeof createSupervisor>} Supervisor */

/** A child that ends so (sysexits' EX_CONFIG) refuses to run as it is set up: starting it again would change nothing. */
export const REFUSED = 78;
const TASK_GRACE_MS = 1_000;
/** Of a child whose output is not shown, so much is when it dies. */
const LAST_WORDS = 3;
const LAST_WORDS_MS = 500;

/**
 * Keeps services running and runs tasks to their end; knows every process it has started.
 * @param {object} parts
 * @param {import('./say.mjs').Say} parts.say
 * @param {import('./logs.mjs').Logs} parts.logs
 * @param {Pick<import('./record.mjs').Record, 'add' | 'remove'>} parts.record
 * @param {(name: string, why: string) => void} parts.onRefusal a service ended with REFUSED
 */
export function createSupervisor({ say, logs, record, onRefusal }) {
  /** @type {Map<string, Service>} */
  const services = new Map();
  /** @type {Map<number, Promise<Ended>>} by pid, until nothing of it is left and its output is read */
  const running = new Map();
  let isEnding = false;

  /**
   * @param {ChildSpec} spec
   * @param {(line: string) => void} [tell]
   */
  function launch(spec, tell) {
    const child = startChild(spec, (stream, line) => {
      logs.write(spec.name, line);
      const shown = tell && !isEnding ? notable(stream, line) : undefined;
      if (shown) tell?.(shown);
    });
    const { pid } = child;
    if (pid === undefined) return child;
    record.add(spec.name, pid);
    const ended = child.ended.then(async (end) => {
      // Whatever it had started itself would hold its port.
      await endGroup(pid, 0);
      running.delete(pid);
      record.remove(pid);
      return end;
    });
    running.set(pid, ended);
    return { pid, ended };
  }

  /**
   * @param {Service} service
   * @param {(pid: number | undefined) => void} [onStarted]
   */
  async function keep(service, onStarted) {
    const began = performance.now();
    const child = launch(service.spec, service.spec.quiet ? undefined : service.tell);
    service.pid = child.pid;
    onStarted?.(child.pid);
    const end = await child.ended;
    service.pid = undefined;
    if (isEnding) return;
    if (service.isRestarting) {
      service.isRestarting = false;
      service.quickDeaths = 0;
      void keep(service);
      return;
    }
    const { name, quiet } = service.spec;
    if (end.code === REFUSED) {
      onRefusal(name, end.tail.at(-1) ?? '');
      return;
    }
    service.quickDeaths = countQuickDeaths(service.quickDeaths, performance.now() - began);
    const pauseMs = pauseBefore(service.quickDeaths);
    if (quiet) for (const line of end.tail.slice(-LAST_WORDS)) if (notable('out', line)) service.tell(line);
    const died = child.pid === undefined ? name : `${name} (process ${child.pid})`;
    if (pauseMs === 0) {
      void keep(service, (pid) => {
        // One that cannot even be started has a line of its own next.
        const next = pid === undefined ? 'starting it again' : `started again as process ${pid}`;
        say.line(`${died} ended (${end.how}); ${next}`);
      });
      return;
    }
    say.line(`${died} ended (${end.how}); starting it again in ${pauseMs / 1000} s`);
    const tellStarted = (/** @type {number | undefined} */ pid) => {
      if (pid !== undefined) say.line(`${name} runs again as process ${pid}`);
    };
    service.timer = setTimeout(() => void keep(service, tellStarted), pauseMs);
  }

  /** @param {ServiceSpec} spec */
  function start(spec) {
    if (isEnding) return;
    const tell = createTeller((line) => say.problem(`${spec.name}: ${line}`), logs.fileOf(spec.name));
    const service = { spec, tell, pid: undefined, quickDeaths: 0, isRestarting: false };
    services.set(spec.name, service);
    void keep(service);
  }

  /**
   * Ends a service on purpose and starts it again; one that waits after its death starts at once.
   * @param {string} name
   */
  async function restart(name) {
    const service = services.get(name);
    if (!service || isEnding || service.isRestarting) return;
    clearTimeout(service.timer);
    if (service.pid === undefined) {
      service.quickDeaths = 0;
      void keep(service);
    } else {
      service.isRestarting = true;
      await endGroup(service.pid, service.spec.graceMs);
    }
  }

  /**
   * Runs a task to its end. Once the end has begun it never answers, so that nothing follows on it.
   * @param {ChildSpec} spec
   * @param {AbortSignal} [signal] ends the task
   * @returns {Promise<Ended>}
   */
  async function run(spec, signal) {
    if (isEnding) return new Promise(() => {});
    const child = launch(spec);
    const abort = () => void (child.pid !== undefined && endGroup(child.pid, TASK_GRACE_MS));
    signal?.addEventListener('abort', abort, { once: true });
    const end = await child.ended;
    signal?.removeEventListener('abort', abort);
    return isEnding ? new Promise(() => {}) : end;
  }

  /**
   * Ends the services in this order, each with all it has started, and then whatever else still runs.
   * @param {readonly string[]} order
   */
  async function endAll(order) {
    isEnding = true;
    for (const service of services.values()) clearTimeout(service.timer);
    const known = [...services.values()].map((service) => service.pid);
    const tasks = [...running.keys()].filter((pid) => !known.includes(pid)).map((pid) => endGroup(pid, TASK_GRACE_MS));
    for (const name of order) {
      const service = services.get(name);
      if (service?.pid !== undefined) await endGroup(service.pid, service.spec.graceMs);
    }
    await Promise.all(tasks);
    await Promise.all([...running.keys()].map((pid) => endGroup(pid, 0)));
    // Not for ever: a process that hangs in the kernel outlives even SIGKILL.
    await Promise.race([Promise.all(running.values()), new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
  }

  /** For the last moment of the launcher's own process: no waiting. */
  function killAll() {
    isEnding = true;
    for (const pid of running.keys()) signalGroup(pid, 'SIGKILL');
  }

  return { start, restart, run, endAll, killAll };
}
