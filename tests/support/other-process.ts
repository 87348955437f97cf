import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { killedAtExit } from './children.ts';

/*
 * Another process that writes a whole turn into a store, as a second worker does in a rolling deploy. Run by itself:
 * `node other-process.ts DATA_DIR CONVERSATION_ID PIECES`, which prints the turn's id.
 */
if (import.meta.main) {
  const { createFeed } = await import('#worker/stream/feed.ts');
  const { openStore } = await import('#lib/store/store.ts');
  const { beginTurn } = await import('./running-gateway.ts');
  const [, , dataDir = '', conversationId = '', pieces = ''] = process.argv;
  const store = openStore({ dataDir, durable: true });
  const turn = await beginTurn({ store, feed: createFeed() }, conversationId, 'From another process.');
  console.log(turn.turnId);
  for (let piece = 0; piece < Number(pieces); piece++) {
    turn.write(`piece${piece} `);
    if (piece % 10 === 0) await turn.flushed();
  }
  await turn.complete();
  await store.close();
}

/** Starts it; answers with the id of the turn that it begins to write. */
export async function writeFromAnotherProcess(dataDir: string, conversationId: string, pieces: number) {
  const args = [import.meta.filename, dataDir, conversationId, String(pieces)];
  const child = killedAtExit(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { turnId: line.toString().trim(), ended: once(child, 'exit') };
}
