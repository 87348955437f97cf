/**
 * How often a property is tried: FC_RUNS, else `runs`, or `deep` of them in `npm run test:deep`. A failure prints seed and
 * path; SEED and FC_PATH run that one case again. FC_NO_SHRINK ends at the first failure.
 */
export function propertyRuns(runs: number, deep = runs) {
  const { FC_RUNS, SEED, FC_SEED = SEED, FC_PATH, FC_NO_SHRINK, DEEP } = process.env;
  return {
    numRuns: Number(FC_RUNS ?? (DEEP === undefined ? runs : deep)),
    ...(FC_SEED !== undefined && { seed: Number(FC_SEED) }),
    ...(FC_PATH !== undefined && { path: FC_PATH }),
    endOnFailure: FC_NO_SHRINK !== undefined,
  };
}
