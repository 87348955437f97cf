import { AsyncLocalStorage } from 'node:async_hooks';
import { ActivityFailure, CancelledFailure } from '@temporalio/common';

/*
 * What conversation.ts asks of Temporal's workflow SDK, over a simulated server: the real workflow code runs on it.
 */

export { ActivityCancellationType } from '@temporalio/common/lib/activity-options.js';
export { ActivityFailure, CancelledFailure };

export type ActivityOptions = {
  heartbeatTimeout?: string;
  cancellationType?: string;
  retry?: { initialInterval: string; backoffCoefficient?: number; maximumInterval: string; maximumAttempts?: number };
};

/** One run of a workflow, as its code reaches the server. */
export type SdkRun = {
  info: { runStartTime: Date; continueAsNewSuggested: boolean; historyLength: number };
  handlers: Map<string, (argument: never) => void>;
  conditions: Set<{ holds: () => boolean; resolve: () => void }>;
  time: () => number;
  sleep: (ms: number) => Promise<void>;
  schedule: (
    name: string,
    input: unknown,
    options: ActivityOptions,
  ) => { result: Promise<unknown>; cancel: () => void };
};

export const sdkRuns = new AsyncLocalStorage<SdkRun>();
const currentRun = () => sdkRuns.getStore()!;

/** Its own time, where workflow code runs now. */
export const workflowTime = (): number | undefined => sdkRuns.getStore()?.time();

export class ContinuedAsNew extends Error {
  readonly input: unknown;
  constructor(input: unknown) {
    super('continued as new');
    this.input = input;
  }
}

export const isCancellation = (error: unknown): boolean =>
  error instanceof CancelledFailure || (error instanceof ActivityFailure && isCancellation(error.cause));

const scopes = new AsyncLocalStorage<CancellationScope>();

/** Nobody cancels a workflow from outside here, so that no scope is cancelled but by itself. */
export class CancellationScope {
  static readonly #root = new CancellationScope();
  readonly #outer = scopes.getStore();
  readonly consideredCancelled = false;
  readonly #cancels = new Set<() => void>();

  static current = (): CancellationScope => scopes.getStore() ?? CancellationScope.#root;
  static nonCancellable = <T>(run: () => Promise<T>): Promise<T> => scopes.run(new CancellationScope(), run);

  get parent(): CancellationScope {
    return this.#outer ?? CancellationScope.#root;
  }
  run<T>(body: () => Promise<T>): Promise<T> {
    return scopes.run(this, body);
  }
  onCancel(cancel: () => void): void {
    this.#cancels.add(cancel);
  }
  cancel(): void {
    for (const cancel of this.#cancels) cancel();
  }
}

export const workflowInfo = () => currentRun().info;
export const sleep = (ms: number): Promise<void> => currentRun().sleep(ms);
export const defineSignal = (name: string): string => name;
export const setHandler = (name: string, handler: (argument: never) => void): void =>
  void currentRun().handlers.set(name, handler);
export const continueAsNew = async (input: unknown): Promise<never> => {
  throw new ContinuedAsNew(input);
};

export const condition = (holds: () => boolean): Promise<void> =>
  holds() ? Promise.resolve() : new Promise((resolve) => currentRun().conditions.add({ holds, resolve }));

export function proxyActivities(options: ActivityOptions) {
  const call = (name: string) => (input: unknown) => {
    const { result, cancel } = currentRun().schedule(name, input, options);
    CancellationScope.current().onCancel(cancel);
    return result;
  };
  return new Proxy({}, { get: (_, name: string) => call(name) });
}
