/** A piece of a shipped file, and what stands in its place when the guard is taken away. It must occur there exactly once. */
export type Edit = { file: string; from: string; to: string };

/** One thing that keeps a rule of SPEC. Without it a test must fail. */
export type Guard = {
  rules: string[];
  name: string;
  /** Alternatives that back each other up: taken away alone, each may go unnoticed; all of them together must not. */
  edits: [Edit, ...Edit[]];
  /** The test file that is expected to notice, and which of its tests (a pattern of their titles) where it is slow. */
  by: string;
  only?: string;
};

/** Guards in one file, noticed by one test file unless a row says otherwise. */
export function guardsOf(
  file: string,
  by: string,
  rows: (Omit<Guard, 'edits' | 'by'> & { from: string; to: string; by?: string })[],
): Guard[] {
  return rows.map(({ from, to, ...row }) => ({ by, ...row, edits: [{ file, from, to }] }));
}
