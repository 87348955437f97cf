import { resolveChatWrapper, type ChatHistoryItem, type LlamaModel, type Token } from 'node-llama-cpp';
import type { Message } from './chat-request.ts';

/**
 * The tokens a model is given for these messages, by the template its own file carries (SmolLM2's is ChatML, with a default
 * system prompt). With a last message of the assistant's the reply goes on from its text; otherwise a new reply is begun.
 *
 * The Jinja wrapper is named because node-llama-cpp's own ChatML wrapper, which it would choose for SmolLM2, puts a second
 * `<|im_start|>` in front and knows no default system prompt. What a user writes is never read as a special token.
 */
export function chatTemplate(model: LlamaModel): (messages: readonly Message[]) => Token[] {
  const wrapper = resolveChatWrapper(model, { type: 'jinjaTemplate', warningLogs: false });
  return (messages) => {
    const chatHistory = messages.map(historyItem);
    if (messages.at(-1)?.role !== 'assistant') chatHistory.push({ type: 'model', response: [] });
    return wrapper.generateContextState({ chatHistory }).contextText.tokenize(model.tokenizer);
  };
}

function historyItem({ role, content }: Message): ChatHistoryItem {
  switch (role) {
    case 'system':
      return { type: 'system', text: content };
    case 'user':
      return { type: 'user', text: content };
    case 'assistant':
      return { type: 'model', response: [content] };
  }
}
