import type { KeyboardEvent } from 'react';
import { LIMITS } from '#lib/protocol/limits.ts';

/** The key that sends, by itself or with Ctrl: never one that an input method takes to end its composition. */
export function isEnter(event: KeyboardEvent): boolean {
  // 229: some input methods end their composition with a key that does not say so.
  if (event.nativeEvent.isComposing || event.keyCode === 229) return false;
  return event.key === 'Enter' && !event.shiftKey && !event.altKey;
}

const count = new Intl.NumberFormat('en');

/** What is said of a text over the limit; nothing of one that fits. */
export function tooLongWords(length: number): string {
  const over = length - LIMITS.promptLength;
  if (over <= 0) return '';
  return `${count.format(length)} characters: at most ${count.format(LIMITS.promptLength)} fit. Shorten it by ${count.format(over)} to send it.`;
}
