import { availableParallelism } from 'node:os';
import { getLlama, LlamaLogLevel, type Llama, type LlamaContextSequence, type Token } from 'node-llama-cpp';
import { chatTemplate } from './chat-template.ts';
import type { Message } from './chat-request.ts';
import { writeReply, type Reply, type ReplyRequest } from './reply.ts';
import { createSlots } from './slots.ts';

export const MAX_NEW_TOKENS = 512;
const CONTEXT_TOKENS = 2048;
const SLOTS = 2;
/** Room for one piece of a prompt and the next token of the other slot, so that neither waits for the other. */
const BATCH_TOKENS = 256;

export type Engine = {
  name: string;
  contextTokens: number;
  /** Exact, with the beginning of the reply, and quick: nothing is evaluated. Throws when the model's template refuses the messages. */
  tokenize: (messages: readonly Message[]) => Token[];
  /** Waits for a slot. Throws the signal's reason when it aborts before the slot is there. */
  reply: (request: ReplyRequest, signal: AbortSignal) => Promise<Reply>;
};

/**
 * One core stays free for everything else: the threads of one evaluation wait for each other in a busy loop. On two cores two
 * threads wrote 82 tokens a second alone and 4 beside two busy processes; one thread wrote 102 and 48.
 */
export const threadsFor = (cores: number) => Math.max(1, Math.min(4, cores - 1));

/** Loads a GGUF. Nothing is downloaded or compiled here: throws when the machine's binary is not installed, or the file is no model. */
export async function loadEngine(
  file: string,
  name: string,
  threads = threadsFor(availableParallelism()),
): Promise<Engine> {
  const llama = await getLlama({
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    // Apple Silicon's only prebuilt binary is the one with Metal.
    gpu: process.platform === 'darwin' && process.arch === 'arm64' ? 'metal' : false,
    // No limit here, so that the context's own number holds.
    maxThreads: 0,
  });
  try {
    return await openEngine(llama, file, name, threads);
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

async function openEngine(llama: Llama, file: string, name: string, threads: number): Promise<Engine> {
  // Not mapped: llama.cpp keeps a repacked copy of its own, and the mapping only adds 60 MB of pages nobody reads.
  const model = await llama.loadModel({ modelPath: file, useMmap: false });
  const context = await model.createContext({
    sequences: SLOTS,
    contextSize: Math.min(CONTEXT_TOKENS, model.trainContextSize),
    batchSize: BATCH_TOKENS,
    threads,
  });
  const slots = createSlots<LlamaContextSequence>(Array.from({ length: SLOTS }, () => context.getSequence()));
  return {
    name,
    contextTokens: context.contextSize,
    tokenize: chatTemplate(model),
    async reply(request, signal) {
      const slot = await slots.take(request.prompt, signal);
      try {
        return await writeReply(slot.sequence, request, signal);
      } finally {
        slots.giveBack(slot);
      }
    },
  };
}
