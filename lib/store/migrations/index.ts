import type { Migration } from 'kysely';
import * as first from './0001-first.ts';
import * as page from './0002-page.ts';

/** In order of their names. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = { '0001-first': first, '0002-page': page };
