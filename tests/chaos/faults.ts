import { execFileSync } from 'node:child_process';
import { holdPort } from '#tests/browser/held-port.ts';
import type { LaunchedApp, Part } from '#tests/browser/launched-app.ts';
import { clock } from '#tests/support/call-log.ts';
import { until } from '#tests/support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '#tests/support/worker-process.ts';
import { QUICK_MS } from '../../scripts/launcher/pauses.mjs';
import { signalGroup } from '../../scripts/launcher/process-group.mjs';

/** The launcher's pauses between two starts grow to half a minute. */
const BACK_MS = 60_000;

export type Fault = {
  what: string;
  how: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';
  pid: number;
  at: number;
  /** When another process was in its place, or it went on; null before. */
  overAt: number | null;
  replacedBy: number | null;
  /** A worker's: its streams begin again elsewhere, each by one more model call. */
  endsStreams: boolean;
};

/** What is done to an app's processes: by pid, and noted. */
export class Faults {
  readonly all: Fault[] = [];
  readonly #app: LaunchedApp;
  readonly #workers: WorkerProcess[] = [];

  constructor(app: LaunchedApp) {
    this.#app = app;
  }

  async signal(part: Part, how: Fault['how']): Promise<Fault> {
    const pid = await until(() => this.#app.pidOf(part), { timeoutMs: BACK_MS, seen: this.#app.output });
    const fault = this.#note(part, how, pid);
    process.kill(pid, how);
    return fault;
  }

  /** Resolves when the launcher has another process in its place. */
  async replaced(fault: Fault): Promise<number> {
    const next = async () => {
      const pid = await this.#app.pidOf(fault.what as Part);
      return pid !== fault.pid && pid;
    };
    const replacedBy = await until(next, { timeoutMs: BACK_MS, seen: this.#app.output });
    this.#over(fault, replacedBy);
    return replacedBy;
  }

  /** SIGKILL, and its port is taken: it can come back only by the returned function. */
  async takeAway(part: 'web' | 'temporal'): Promise<{ at: number; back: () => Promise<void> }> {
    const held = holdPort(this.#app.portOf(part));
    const killed = await this.signal(part, 'SIGKILL');
    const free = await held;
    const back = async () => {
      await free();
      await this.replaced(killed);
    };
    return { at: killed.at, back };
  }

  /** What a stopped process was sent meanwhile, it finds now. */
  goOn(fault: Fault): void {
    process.kill(fault.pid, 'SIGCONT');
    this.#over(fault, fault.pid);
  }

  /** Its next death is then a first one: the launcher starts it again without a pause. */
  async settled(part: Part): Promise<void> {
    const pid = await until(() => this.#app.pidOf(part), { timeoutMs: BACK_MS, seen: this.#app.output });
    const oldAt = clock() + QUICK_MS + 1_000 - lifeMs(pid);
    await until(() => clock() > oldAt);
  }

  /** kill -9 of the launcher and all its children; then a new start with the same data. */
  async everything(): Promise<void> {
    const dead = (await this.#app.killEverything()).map(({ name, pid }) => this.#note(name, 'SIGKILL', pid));
    await this.#app.start();
    for (const fault of dead) {
      const next = fault.what === 'launcher' ? this.#app.launcherPid : await this.#app.pidOf(fault.what as Part);
      this.#over(fault, next ?? null);
    }
  }

  /** A worker more, as a rolling deploy has it: by the documented command, without a gateway. */
  async secondWorker(): Promise<WorkerProcess> {
    const env = { ...this.#app.workerEnv, GATEWAY: 'off' };
    const worker = startWorkerProcess(env, ['scripts/part.mjs', 'worker']);
    this.#workers.push(worker);
    await worker.ready();
    return worker;
  }

  /** SIGTERM, as a deploy ends it. Its exit code must be 0. */
  async endSecond(worker: WorkerProcess): Promise<void> {
    const fault = this.#note('second worker', 'SIGTERM', worker.pid);
    worker.signal('SIGTERM');
    const code = await worker.ended;
    if (code !== 0) throw new Error(`The second worker ended with ${code}:\n${worker.output()}`);
    this.#over(fault, null);
  }

  async close(): Promise<void> {
    for (const { pid, how, overAt } of this.all) if (how === 'SIGSTOP' && overAt === null) signalGroup(pid, 'SIGCONT');
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #note(what: string, how: Fault['how'], pid: number): Fault {
    const endsStreams = /worker/.test(what);
    const fault: Fault = { what, how, pid, at: clock(), overAt: null, replacedBy: null, endsStreams };
    this.all.push(fault);
    return fault;
  }

  #over(fault: Fault, replacedBy: number | null): void {
    Object.assign(fault, { overAt: clock(), replacedBy });
    console.log(`  ${wordsFor(fault)}`);
  }
}

export const wordsFor = ({ what, how, pid, replacedBy }: Fault) =>
  how === 'SIGSTOP' ? `${what} ${pid} frozen, then continued` : `${what} ${pid} (${how}) → ${replacedBy ?? 'nobody'}`;

/** How long a process has lived, in whole seconds as `ps` tells it. */
function lifeMs(pid: number): number {
  const told = execFileSync('ps', ['-o', 'etime=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  const [seconds = 0, minutes = 0, hours = 0] = told.split(/[:-]/).map(Number).toReversed();
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}
