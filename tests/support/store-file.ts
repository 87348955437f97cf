import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const PAGE_BYTES = 4_096;
const WRITE_VERSION_AT = 18;

/** Everything into the file itself: what stands in its write-ahead log would hide what is done to the file. */
export function checkpoint(file: string): void {
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  raw.close();
}

/** Into the journal mode of a file that SQLite has just made, or that VACUUM INTO wrote. */
export function leaveWal(file: string): void {
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA journal_mode = DELETE');
  raw.close();
}

export function journalOf(file: string): unknown {
  const raw = new DatabaseSync(file);
  const mode = raw.prepare('PRAGMA journal_mode').get()?.journal_mode;
  raw.close();
  return mode;
}

/** To SQLite, a file of a newer format that this version may only read: the one way to be read-only for root as well. */
export function setReadOnly(file: string, isReadOnly: boolean): void {
  writeAt(file, [WRITE_VERSION_AT], Buffer.from([isReadOnly ? 3 : 2]));
}

/** The beginnings of all pages of the second half: the file opens, and breaks where one of them is read. */
export function damagePages(file: string): void {
  const pages = statSync(file).size / PAGE_BYTES;
  const half = Array.from({ length: Math.ceil(pages / 2) }, (_, n) => (Math.floor(pages / 2) + n) * PAGE_BYTES);
  writeAt(file, half, Buffer.alloc(64, 7));
}

/** The first page: the file is no store to anybody. */
export const damageHead = (file: string): void => writeAt(file, [0], Buffer.alloc(PAGE_BYTES, 7));

function writeAt(file: string, places: number[], bytes: Buffer): void {
  const open = openSync(file, 'r+');
  for (const place of places) writeSync(open, bytes, 0, bytes.length, place);
  closeSync(open);
}
