/** pino's number for a warning. */
const WARN = 40;
const NOISE = [/ExperimentalWarning/, /node --trace-(warnings|deprecation)/, /^\s+at /, /^\s*$/];
const TROUBLE = /^\s*(⨯|⚠|error\b|warn(ing)?\b|fatal\b)/i;

/**
 * What of a child's output a person at the terminal should see: its warnings and errors in one line each.
 * Everything, stacks too, is in its log file.
 * @param {'out' | 'err'} stream
 * @param {string} line
 * @returns {string | undefined}
 */
export function notable(stream, line) {
  const entry = line.startsWith('{') ? parseEntry(line) : undefined;
  if (entry) return entry.level >= WARN ? entry.text : undefined;
  if (NOISE.some((noise) => noise.test(line))) return undefined;
  return stream === 'err' || TROUBLE.test(line) ? line : undefined;
}

/**
 * A line of a JSON log: `level` a number (pino) or a word, the message under `msg` or `message`.
 * @param {string} line
 */
function parseEntry(line) {
  try {
    const { level, msg, message, err } = JSON.parse(line);
    if (level === undefined) return undefined;
    const text = [msg ?? message, err?.message].filter((part) => typeof part === 'string' && part !== '').join(': ');
    const number = typeof level === 'number' ? level : /^(warn|error|fatal)/i.test(level) ? WARN : 0;
    return { level: number, text: text || line };
  } catch {
    // It only looked like JSON.
    return undefined;
  }
}
