import type { ModelMessage } from 'ai';
import type { Chunk } from '#lib/protocol/event.ts';
import { ProviderFailure, type Model } from '#worker/model/port.ts';
import { Calls, tokenOf, type Call } from './calls.ts';
import { machines, type Machine } from './clock.ts';
import type { World } from './world.ts';

/** Between two tokens, in ms. */
const PACES = [
  [1, 15],
  [20, 90],
  [60, 300],
  [200, 1_600],
] as const;
const USAGE = { inputTokens: 1, outputTokens: 1 };

/** Who serves the model: slow or quick, it breaks, it refuses the key. Every token says whose it is. */
export class Provider {
  isKeyWrong = false;
  readonly calls: Calls;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.calls = new Calls(world);
  }

  modelFor(machine: Machine): Model {
    return {
      name: 'simulated',
      contextTokens: 1_000_000,
      replyTokens: 1_000,
      continues: false,
      list: async () => [],
      countTokens: async () => 1,
      health: async () => ({ state: 'ok' }),
      ready: (signal) => this.#ready(signal),
      stream: (messages, signal) => this.#stream(machine, messages, signal),
    };
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const { dice, schedule } = this.#world;
    if (schedule.rough.provider && dice.percent('not ready', 8)) await wait(dice.between('ready', 20, 1_500), signal);
  }

  async *#stream(
    machine: Machine,
    messages: ModelMessage[],
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, typeof USAGE | null> {
    const { dice, schedule } = this.#world;
    const call = this.calls.begin(machine, messages, dice.between('tokens', 1, 8));
    const [least, most] = PACES[dice.roll(`pace of ${call.turnId}`, PACES.length)]!;
    const isFlaky = dice.percent(`flaky ${call.turnId}`, 12);
    const breaks = schedule.rough.provider && dice.percent('breaks', isFlaky ? 85 : 10);
    const breaksAt = breaks ? dice.roll('where', call.tokens + 1) : -1;
    try {
      await wait(dice.between('first token', 5, 60), signal);
      if (this.isKeyWrong && !signal.aborted)
        throw failure(call, { code: 'unauthorized', isFinal: true, pauses: true });
      for (let at = 0; at < call.tokens && !signal.aborted; at++) {
        if (at === breaksAt) throw failure(call, { code: 'overloaded', isFinal: dice.percent('final', 10) });
        if (at === 0) yield { type: 'text-start', id: '0' };
        yield { type: 'text-delta', id: '0', delta: tokenOf(call, at) };
        await wait(dice.between('token', least, most), signal);
      }
      if (signal.aborted) return null;
      if (breaksAt === call.tokens) throw failure(call, { code: 'cut_off', isFinal: false });
      yield { type: 'text-end', id: '0' };
      call.state = 'finished';
      return USAGE;
    } finally {
      this.calls.ended(call);
    }
  }
}

function failure(call: Call, { code, isFinal, pauses = false }: { code: string; isFinal: boolean; pauses?: boolean }) {
  call.state = 'failed';
  call.isFinal = isFinal;
  return new ProviderFailure({ code, message: 'It failed.' }, { retries: !isFinal, pauses });
}

/** Until the time is over or the call is aborted; for ever in a process that died. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const machine = machines.getStore();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (!machine?.isDead) resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
