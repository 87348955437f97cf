/** Processes that have died: what worker/identity.ts reads from the machine's process table. */
const dead = new Set<string>();

export const isDead = (identity: string): boolean => dead.has(identity);
export const noteDeath = (identity: string): void => void dead.add(identity);
export const forgetDeaths = (): void => dead.clear();
