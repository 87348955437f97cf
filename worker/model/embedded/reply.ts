import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { createTokenText } from './token-text.ts';

/**
 * An abort is seen between two pieces, and the other slot writes one token with each: smaller is better down to here. Measured
 * on one core: 376 tokens read a second with 64 as with 128, but 168 with 48.
 */
const PIECE_TOKENS = 64;
/** A model of this size soon repeats itself without end. */
const REPEAT = { penalty: 1.1, lastTokens: 64 };

export type Sampling = {
  temperature: number;
  topP: number;
  frequencyPenalty: number;
  presencePenalty: number;
  seed: number;
};

export type ReplyRequest = {
  prompt: Token[];
  /** The end of the prompt that belongs to the reply: repetition is measured over it too. */
  begun: readonly Token[];
  maxTokens: number;
  sampling: Sampling;
  /** Whole characters only; never empty. */
  onText: (text: string) => void;
};

export type Reply = {
  finish: 'stop' | 'length' | 'aborted';
  promptTokens: number;
  /** Tokens of the prompt that the slot still held from an earlier reply. */
  cachedTokens: number;
  replyTokens: number;
};

/** Reads what the sequence does not hold of the prompt yet, then writes until the model ends, the limit is reached or the signal aborts. */
export async function writeReply(
  sequence: LlamaContextSequence,
  request: ReplyRequest,
  signal: AbortSignal,
): Promise<Reply> {
  const { prompt, begun, maxTokens, onText } = request;
  const cachedTokens = await keepPrefix(sequence, prompt);
  const written: Token[] = [];
  const ended = (finish: Reply['finish']): Reply => ({
    finish,
    promptTokens: prompt.length,
    cachedTokens,
    replyTokens: written.length,
  });

  const beforeLast = prompt.length - 1;
  for (let at = cachedTokens; at < beforeLast; at += PIECE_TOKENS) {
    if (signal.aborted) return ended('aborted');
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, Math.min(at + PIECE_TOKENS, beforeLast)));
  }
  if (signal.aborted) return ended('aborted');

  const text = createTokenText<Token>((tokens, before) => sequence.model.detokenize(tokens, false, before), prompt);
  const say = (piece: string) => {
    if (piece !== '') onText(piece);
  };
  for await (const token of sequence.evaluate(prompt.slice(-1), samplerOptions(request.sampling, begun, written))) {
    if (signal.aborted) return ended('aborted');
    written.push(token);
    say(text.add(token));
    if (written.length === maxTokens) {
      say(text.end());
      return ended('length');
    }
  }
  say(text.end());
  return ended('stop');
}

/** Forgets what does not belong to the prompt; the last token is always read anew, since the first new one comes from it. */
async function keepPrefix(sequence: LlamaContextSequence, prompt: Token[]): Promise<number> {
  const kept = Math.min(sequence.compareContextTokens(prompt).firstDifferentIndex, prompt.length - 1);
  if (kept < sequence.nextTokenIndex)
    await sequence.eraseContextTokenRanges([{ start: kept, end: sequence.nextTokenIndex }]);
  // Erasing in the middle may not be possible for every kind of model: then all was forgotten.
  return sequence.nextTokenIndex;
}

function samplerOptions(
  { temperature, topP, frequencyPenalty, presencePenalty, seed }: Sampling,
  begun: readonly Token[],
  written: readonly Token[],
) {
  return {
    temperature,
    topP,
    topK: 40,
    minP: 0.05,
    seed,
    repeatPenalty: {
      punishTokens: () => [...begun.slice(-REPEAT.lastTokens), ...written].slice(-REPEAT.lastTokens),
      maxPunishTokens: REPEAT.lastTokens,
      penalty: REPEAT.penalty,
      frequencyPenalty,
      presencePenalty,
    },
  };
}
