import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { killedAtExit } from './children.ts';

/*
 * Another process that holds a store's lock until it is told to let go. `writing`: nobody else can write, as while
 * another one does; `alone`: nobody else can read either, as while a backup tool has the file for itself.
 */
if (import.meta.main) {
  const [, , file = '', how = ''] = process.argv;
  const raw = new DatabaseSync(file);
  if (how === 'alone') raw.exec('PRAGMA locking_mode = EXCLUSIVE');
  const take = () => {
    try {
      raw.exec(how === 'alone' ? 'BEGIN EXCLUSIVE; PRAGMA user_version = 0' : 'BEGIN IMMEDIATE');
      process.send?.('held');
    } catch {
      setTimeout(take, 5); // somebody reads or writes just now
    }
  };
  take();
  process.once('disconnect', () => process.exit());
  process.once('message', () => {
    raw.exec('ROLLBACK');
    raw.close();
    process.exit();
  });
}

export type Holder = { letGo(): Promise<void> };

export async function holdStore(file: string, how: 'writing' | 'alone'): Promise<Holder> {
  const child = killedAtExit(
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', import.meta.filename, file, how], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  child.unref();
  child.channel?.unref();
  const exited = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`The holder ended with ${code}.`))),
  ]);
  return {
    async letGo() {
      child.send('let go');
      await exited;
    },
  };
}
