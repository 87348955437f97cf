import type { Api, Answered } from '#app/_client/api.ts';
import { createCell } from '#app/_client/cell.ts';
import type { Gateway, Link, SubscribeAnswer } from '#app/_client/gateway.ts';
import type { OutgoingStorage, Outgoing } from '#app/_client/outgoing.ts';
import type { Subscribe } from '#lib/protocol/command.ts';
import type { ServerToClient } from '#lib/protocol/message.ts';
import type { ConversationRow, Turn } from '#lib/protocol/turn.ts';

export const CONVERSATION = '0193fb4e-0000-7000-8000-000000000000';

export function turn(id: string, fields: Partial<Turn> = {}): Turn {
  return {
    id,
    conversationId: CONVERSATION,
    parentId: null,
    order: 1,
    mode: 'queue',
    prompt: `prompt of ${id}`,
    status: 'completed',
    error: null,
    retry: null,
    model: null,
    usage: null,
    omittedTurns: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    firstTokenAt: null,
    firstTextAt: null,
    endedAt: null,
    rev: 1,
    proof: null,
    reply: '',
    parts: [],
    ...fields,
  };
}

export const conversation = (fields: Partial<ConversationRow> = {}): ConversationRow => ({
  id: CONVERSATION,
  title: 'A title',
  rev: 1,
  head: null,
  paused: false,
  settings: {},
  deleted: false,
  ...fields,
});

export const refused = (status: number, message = `refused with ${status}`, code = 'refused') =>
  ({ ok: false, status, code, message }) as const;

export const taken = <T>(value: T): Answered<T> => ({ ok: true, value });

/** A promise that the test answers when it wants to; `asked` are the arguments of the calls that wait. */
export function onDemand<Arguments extends unknown[], Result>() {
  const waiting: { arguments: Arguments; resolve: (result: Result) => void }[] = [];
  let noticed = Promise.withResolvers<void>();
  return {
    call: (...args: Arguments): Promise<Result> =>
      new Promise((resolve) => {
        waiting.push({ arguments: args, resolve });
        noticed.resolve();
        noticed = Promise.withResolvers<void>();
      }),
    get asked(): Arguments[] {
      return waiting.map((call) => call.arguments);
    },
    /** Waits for the next call that is not answered, answers it, and lets what follows from it happen. */
    async answer(result: Result): Promise<Arguments> {
      while (waiting.length === 0) await noticed.promise;
      const call = waiting.shift()!;
      call.resolve(result);
      await settled();
      return call.arguments;
    },
  };
}

/** Everything that follows from promises already resolved has happened. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The gateway's side in the test's hands. */
export function fakeGateway() {
  const link = createCell<Link>('connecting');
  const subscribes = onDemand<[Subscribe], SubscribeAnswer>();
  const listeners = new Map<string, Set<(message: never) => void>>();
  const gateway: Omit<Gateway, 'start'> = {
    link,
    subscribe: subscribes.call,
    on(event, listener) {
      const ones = listeners.get(event) ?? new Set();
      listeners.set(event, ones.add(listener));
      return () => ones.delete(listener);
    },
  };
  return {
    gateway,
    subscribes,
    link,
    emit: <E extends keyof ServerToClient>(event: E, message: Parameters<ServerToClient[E]>[0]): void => {
      for (const listener of listeners.get(event) ?? []) listener(message as never);
    },
  };
}

export function fakeStorage(): OutgoingStorage & { kept: Map<string, Outgoing> } {
  const kept = new Map<string, Outgoing>();
  return {
    kept,
    keep: (outgoing) => void kept.set(outgoing.id, outgoing),
    forget: (id) => void kept.delete(id),
    all: () => [...kept.values()],
  };
}

export type Calls<Name extends keyof Api> = ReturnType<
  typeof onDemand<Parameters<Api[Name]>, Awaited<ReturnType<Api[Name]>>>
>;
