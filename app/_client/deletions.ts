import { TIMES } from '#lib/protocol/limits.ts';
import { isPassing, type Api } from './api.ts';
import { createCell, type Watched } from './cell.ts';

/** A conversation that this page deleted; `trouble` says why deleting it or bringing it back did not work. */
export type Deletion = { id: string; title: string; trouble: string | null; canUndo: boolean };

export type Deletions = ReturnType<typeof createDeletions>;

/** After a refusal the words stay so long that they can be read. */
const TROUBLE_SHOWN_MS = 8_000;

type Needs = { api: Pick<Api, 'delete' | 'restore'>; onChanged: () => void };

/** What can still be undone. The list hides these at once, without waiting for the server's word. */
export function createDeletions({ api, onChanged }: Needs) {
  const state = createCell<readonly Deletion[]>([]);
  /** Until when each can be brought back, by the page's clock. */
  const ends = new Map<string, number>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  const stay = (id: string) => clearTimeout(timers.get(id));
  const change = (id: string, by: Partial<Deletion>) =>
    state.set(state.get().map((deletion) => (deletion.id === id ? { ...deletion, ...by } : deletion)));

  function remove(id: string): void {
    stay(id);
    timers.delete(id);
    ends.delete(id);
    state.set(state.get().filter((deletion) => deletion.id !== id));
  }

  function removeLater(id: string, ms: number): void {
    stay(id);
    timers.set(
      id,
      setTimeout(() => remove(id), ms),
    );
  }

  return {
    state: state as Watched<readonly Deletion[]>,

    async delete(id: string, title: string): Promise<void> {
      remove(id);
      state.set([...state.get(), { id, title, trouble: null, canUndo: true }]);
      const answer = await api.delete(id);
      if (answer.ok) {
        onChanged();
        ends.set(id, performance.now() + TIMES.restoreMs);
        removeLater(id, TIMES.restoreMs);
      } else {
        change(id, { trouble: `Not deleted: ${answer.message}`, canUndo: false });
        removeLater(id, TROUBLE_SHOWN_MS);
      }
    },

    /** True once it is back. */
    async undo(id: string): Promise<boolean> {
      stay(id);
      const answer = await api.restore(id);
      if (answer.ok) {
        remove(id);
        onChanged();
      } else {
        const left = (ends.get(id) ?? 0) - performance.now();
        const canUndo = isPassing(answer) && left > 0;
        change(id, { trouble: `Not restored: ${answer.message}`, canUndo });
        removeLater(id, Math.max(canUndo ? left : 0, TROUBLE_SHOWN_MS));
      }
      return answer.ok;
    },
  };
}
