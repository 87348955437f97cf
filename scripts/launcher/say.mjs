/** Anything that takes longer is shown while it runs. */
const SHOWN_AFTER_MS = 1_000;
/** Where lines cannot be rewritten (a log, a pipe) a long task says so again this often. */
const REPEAT_MS = 15_000;
/** A line that counts seconds needs no more. */
const TICK_MS = 500;

/** @typedef {{ detail: (text: string) => void, done: (text?: string) => void }} Progress */
/** @typedef {ReturnType<typeof createSay>} Say */

/**
 * What the terminal shows: lines that stay, and below them, on a terminal, one line that is rewritten while something takes its time.
 * @param {{ out?: NodeJS.WritableStream & { isTTY?: boolean, columns?: number }, err?: NodeJS.WritableStream }} streams
 */
export function createSay({ out = process.stdout, err = process.stderr } = {}) {
  /** @type {Map<object, { label: string, detail: string, since: number, shownAt: number | undefined }>} */
  const tasks = new Map();
  const rewrites = out.isTTY === true;
  let drawn = false;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;

  /** @param {string} text */
  function line(text) {
    clear();
    out.write(`${text}\n`);
    draw();
  }

  /** @param {string} text */
  function problem(text) {
    clear();
    err.write(`${text}\n`);
    draw();
  }

  function clear() {
    if (drawn) out.write('\r\u001b[2K');
    drawn = false;
  }

  function draw() {
    const now = performance.now();
    const long = [...tasks.values()].filter((task) => now - task.since >= SHOWN_AFTER_MS);
    if (!rewrites) {
      for (const task of long) {
        if (task.shownAt !== undefined && now - task.shownAt < REPEAT_MS) continue;
        task.shownAt = now;
        out.write(`${describe(task, now)} …\n`);
      }
    } else if (long.length > 0) {
      clear();
      const text = long.map((task) => describe(task, now)).join(' · ');
      out.write(text.slice(0, Math.max(20, (out.columns || 80) - 3)) + ' …');
      drawn = true;
    }
  }

  /**
   * Begins a task. `done` with a text leaves that line behind if the task was long enough to be shown.
   * @param {string} label
   * @returns {Progress}
   */
  function progress(label) {
    const key = {};
    tasks.set(key, { label, detail: '', since: performance.now(), shownAt: undefined });
    timer ??= setInterval(draw, TICK_MS);
    return {
      detail(text) {
        const task = tasks.get(key);
        if (task) task.detail = text;
      },
      done(text) {
        const task = tasks.get(key);
        if (!task) return;
        clear();
        tasks.delete(key);
        const tookMs = performance.now() - task.since;
        if (text && tookMs >= SHOWN_AFTER_MS) out.write(`${text} (${Math.round(tookMs / 1000)} s)\n`);
        if (tasks.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        draw();
      },
    };
  }

  /** Whatever was under way is no longer of interest. */
  function forgetTasks() {
    clear();
    tasks.clear();
    clearInterval(timer);
    timer = undefined;
  }

  return { line, problem, progress, forgetTasks };
}

/**
 * @param {{ label: string, detail: string, since: number }} task
 * @param {number} now
 */
function describe({ label, detail, since }, now) {
  const seconds = Math.round((now - since) / 1000);
  return `${label}${detail ? `: ${detail}` : ''} (${seconds} s)`;
}
