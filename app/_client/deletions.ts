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
  const remove = (id: string) => state.set(state.get().filter((deletion) => deletion.id !== id));
  const removeLater = (id: string, ms: number) => setTimeout(() => remove(id), ms);

  function fail(id: string, trouble: string, canUndo: boolean): void {
    state.set(state.get().map((deletion) => (deletion.id === id ? { ...deletion, trouble, canUndo } : deletion)));
    if (!canUndo) removeLater(id, TROUBLE_SHOWN_MS);
  }

  return {
    state: state as Watched<readonly Deletion[]>,

    async delete(id: string, title: string): Promise<void> {
      remove(id);
      state.set([...state.get(), { id, title, trouble: null, canUndo: true }]);
      const answer = await api.delete(id);
      if (!answer.ok) return fail(id, `Not deleted: ${answer.message}`, false);
      onChanged();
      removeLater(id, TIMES.restoreMs);
    },

    /** True once it is back. */
    async undo(id: string): Promise<boolean> {
      const answer = await api.restore(id);
      if (answer.ok) {
        remove(id);
        onChanged();
      } else fail(id, `Not restored: ${answer.message}`, isPassing(answer));
      return answer.ok;
    },
  };
}
