import fc from 'fast-check';
import { describe } from 'vitest';
import { propertyRuns } from '#tests/store/runs.ts';
import { storeTest, type Scene } from '#tests/store/scene.ts';
import { makeSqlitePlace } from '#tests/store/sqlite-place.ts';
import { Viewing, type Happening } from './viewing.ts';

const viewer = fc.nat(2);
const place = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) });
const one = (...names: string[]) => fc.record({ do: fc.constantFrom(...names) });
const atViewer = (...names: string[]) => fc.record({ do: fc.constantFrom(...names), viewer });
const onWire = (...names: string[]) => fc.record({ do: fc.constantFrom(...names), viewer, place });
const deltas = fc.array(fc.constantFrom('a', ' word', ' 👨‍👩‍👧', '\n\n', 'e\u0301'), { minLength: 1, maxLength: 4 });

/** What may happen; `atRoot` says how often a send branches off, which takes turns out of the current line. */
const happenings = (atRoot: fc.Arbitrary<boolean>) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('send'), mode: fc.constantFrom('queue', 'interject'), atRoot }),
    },
    { weight: 9, arbitrary: fc.record({ do: fc.constant('say'), deltas, shortcut: fc.boolean() }) },
    { weight: 6, arbitrary: one('open') },
    { weight: 4, arbitrary: one('complete', 'fail', 'stop') },
    { weight: 1, arbitrary: one('sweep', 'sweep', 'delete', 'restore', 'gateway dies') },
    { weight: 9, arbitrary: one('pump', 'pump', 'tip') },
    { weight: 18, arbitrary: onWire('deliver') },
    { weight: 9, arbitrary: onWire('answer') },
    { weight: 4, arbitrary: onWire('drop', 'double', 'lose ask', 'give up') },
    { weight: 4, arbitrary: atViewer('connect', 'connect', 'disconnect') },
    { weight: 2, arbitrary: atViewer('tell', 'read page') },
  ) as fc.Arbitrary<Happening>;

const schedules = (atRoot: fc.Arbitrary<boolean>) =>
  fc.array(happenings(atRoot), { minLength: 4, maxLength: 40, size: 'max' });

async function run(scene: Scene, schedule: Happening[]): Promise<void> {
  const viewing = new Viewing(scene);
  for (const viewer of viewing.viewers) viewer.take({ type: 'connected' });
  for (const what of schedule) {
    await viewing.happen(what);
    viewing.look();
  }
  await viewing.converge();
}

const test = storeTest(makeSqlitePlace);
const timeout = 600_000;

describe('whatever is lost, doubled or late, viewers see what is stored, and no more', () => {
  test('[VIEW3] [VIEW4] [VIEW5] [VIEW6] [VIEW8] [LOG5] along one line', { timeout }, async ({ scene }) => {
    const all = fc.asyncProperty(schedules(fc.constant(false)), (schedule) => run(scene, schedule));
    await fc.assert(all, propertyRuns(2_000));
  });

  test('[VIEW3] a turn on another branch is not shown as it was', { timeout }, async ({ scene }) => {
    const nowAndThen = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true));
    const all = fc.asyncProperty(schedules(nowAndThen), (schedule) => run(scene, schedule));
    await fc.assert(all, propertyRuns(500));
  });
});
