import type { Migration } from 'kysely';
import * as first from './0001-first.ts';

/** In order of their names. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = { '0001-first': first };
