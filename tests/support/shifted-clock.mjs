// For a process whose clock a test sets: `node --import shifted-clock.mjs`. `Date` is ahead of the machine's by the
// milliseconds that the file CLOCK_FILE holds, from the moment they are written; clocks that nobody sets go on.
import { readFileSync } from 'node:fs';

const LOOK_MS = 20;
const file = process.env.CLOCK_FILE ?? '';
const RealDate = Date;
let shiftMs = 0;

function look() {
  shiftMs = Number(readFileSync(file, 'utf8'));
}

look();
setInterval(look, LOOK_MS).unref();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + shiftMs] : args, newTarget),
  apply: () => new RealDate(RealDate.now() + shiftMs).toString(),
  get: (target, name) => (name === 'now' ? () => RealDate.now() + shiftMs : Reflect.get(target, name)),
});
