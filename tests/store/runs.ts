/**
 * How often a property is tried: FC_RUNS, else `runs`. A failure prints seed and path; FC_SEED and FC_PATH run that one
 * case again.
 */
export function propertyRuns(runs: number) {
  const { FC_RUNS, FC_SEED, FC_PATH } = process.env;
  return {
    numRuns: Number(FC_RUNS ?? runs),
    ...(FC_SEED !== undefined && { seed: Number(FC_SEED) }),
    ...(FC_PATH !== undefined && { path: FC_PATH }),
  };
}
