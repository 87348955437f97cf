import { z } from 'zod';
import { replyText, replyTextOfLength, seedOf } from './seeded-text.ts';

/**
 * What a prompt asks of the endpoint: its first line holds `scenario:NAME key=value …`, anything may stand around it.
 * So a test needs no state shared with the endpoint, and tests that run at the same time do not meet.
 */
export type Scenario = { name: ScenarioName; options: ScenarioOptions };

/** Every scenario, with the options it sets where the prompt does not, in the prompt's own words. */
export const PRESETS = {
  steady: '',
  'slow-start': 'firstMs=1000',
  burst: '',
  'one-byte': 'tokens=12',
  'split-utf8': 'unicode=1',
  'split-surrogates': 'unicode=1',
  hold: '',
  'gate-first': '',
  fail: '',
  break: '',
  truncate: '',
  silent: '',
  'silent-before-headers': '',
  'silent-middle': '',
  empty: 'tokens=0',
  html: '',
  malformed: '',
  'inband-error': '',
  redirect: '',
  endless: 'tokens=1e9 rate=100',
  'huge-event': '',
  length: '',
  withheld: '',
  'endless-event': '',
  reasoning: '',
  'context-length': '',
  'wrong-key': '',
  'model-not-found': '',
} as const;
export type ScenarioName = keyof typeof PRESETS;
export const SCENARIO_NAMES = Object.keys(PRESETS) as [ScenarioName, ...ScenarioName[]];

const count = z.coerce.number().int().nonnegative();
const flag = z.enum(['0', '1']).transform((value) => value === '1');

const scenarioOptions = z.strictObject({
  /** The text: without a seed, the prompt's own. */
  seed: count,
  tokens: count.default(24),
  /** Each call of the prompt has a text of its own, so that two attempts cannot pass for one. */
  vary: flag.default(false),
  markdown: flag.default(false),
  unicode: flag.default(false),
  /** Tokens a second; 0 is as fast as the reader takes them. */
  rate: z.coerce.number().nonnegative().default(0),
  /** Before the first token, after the headers. */
  firstMs: count.default(0),
  /** How many tokens come before what the scenario is named for. */
  after: count.default(3),
  /** The scenario is played for this many calls of the same prompt; later ones are steady, with the same text. */
  times: count.default(Number.MAX_SAFE_INTEGER),
  /** What `release` names; without one, the whole prompt. */
  key: z.string(),
  /**
   * `fail`: HTTP status, and `Retry-After` as it stands, or `in:SECONDS` for a date; `page`: the body is a proxy's page.
   * `fail` and `inband-error`: the error's code. `inband-error` of the Responses API: by `response.failed`.
   */
  status: z.coerce.number().int().min(400).max(599).default(500),
  retryAfter: z.string().optional(),
  page: flag.default(false),
  code: z.string().optional(),
  failed: flag.default(false),
  /** `truncate`: whether `[DONE]` is sent all the same. */
  done: flag.default(false),
  /** `break`: by a TCP reset (which may take undelivered tokens along) rather than by closing. */
  reset: flag.default(false),
  /** `huge-event`: the length of its one delta, in ASCII characters. */
  bytes: count.default(1_000_000),
  /** A last message of the assistant's is continued in the scenario's text; `after` then counts from there. */
  continues: flag.default(false),
  /** `reasoning`: tokens of it before the text. */
  thoughts: count.default(12),
  /** `reasoning`: left in the text, between `<think>` tags, a character an event. */
  tagged: flag.default(false),
  /** `reasoning`: its text waits for `release`. */
  held: flag.default(false),
});
export type ScenarioOptions = z.output<typeof scenarioOptions>;

const NAMED = /scenario:([\w-]+)((?:[ \t]+[A-Za-z]+=\S*)*)/;
const pairs = (words: string) =>
  Object.fromEntries([...words.matchAll(/(\w+)=(\S*)/g)].map(([, key, value]) => [key, value]));
const firstLine = (text: string) => text.split('\n', 1).join('');

export const namesScenario = (text: string) => NAMED.test(firstLine(text));

/**
 * The scenario that a prompt names (or that `script` names for it), for its nth call; without one, a short steady text
 * of the prompt's own. Throws a readable Error for a name or an option that does not exist: a slip must fail its test.
 */
export function scenarioOf(prompt: string, { script = prompt, nth = 1 } = {}): Scenario {
  const [, name = 'steady', words = ''] = NAMED.exec(firstLine(script)) ?? [];
  if (!isScenarioName(name)) throw new Error(`No scenario is named ${name}. There are: ${SCENARIO_NAMES.join(', ')}.`);
  const given = { seed: String(seedOf(prompt)), key: prompt, ...pairs(PRESETS[name]), ...pairs(words) };
  const parsed = scenarioOptions.safeParse(given);
  if (!parsed.success) throw new Error(`scenario:${name}: ${z.prettifyError(parsed.error)}`);
  const { vary, seed, times } = parsed.data;
  return { name: nth <= times ? name : 'steady', options: { ...parsed.data, seed: vary ? seed + nth - 1 : seed } };
}

/** The whole reply to the nth call of a prompt once the endpoint is let finish, or its first `tokens` tokens. */
export function expectedReply(prompt: string, { tokens, nth = 1 }: { tokens?: number; nth?: number } = {}): string {
  const { name, options } = scenarioOf(prompt, { nth });
  if (name === 'huge-event') return replyTextOfLength({ seed: options.seed, length: options.bytes });
  return replyText({ ...options, tokens: tokens ?? options.tokens });
}

/** What `reasoning` thinks before it. */
export function expectedThoughts(prompt: string): string {
  const { options } = scenarioOf(prompt);
  return replyText({ ...options, seed: options.seed + 1, tokens: options.thoughts });
}

const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(PRESETS, name);
