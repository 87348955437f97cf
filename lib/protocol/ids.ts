import { z } from 'zod';

/** A UUID of any version; in lower case after parsing, so that two spellings are one id. */
export const Id = z.guid({ error: 'must be a UUID' }).transform((id) => id.toLowerCase());
