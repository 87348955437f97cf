import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { CallLog, clock, type Call } from './call-log.ts';
import { begunOf, errorBody, promptOf, REQUESTS, type Api, type ChatRequest } from './chat-wire.ts';
import { Gates } from './gates.ts';
import { ReplyWriter } from './reply-writer.ts';
import { namesScenario, scenarioOf, type Scenario } from './scenario-options.ts';
import { plays } from './scenarios.ts';
import { replyTokens, tokensAfter } from './seeded-text.ts';
import { Stage } from './stage.ts';

const STEADY = 'scenario:steady';

/** Answers model calls as their scenarios say, and keeps what each was asked and what it got. */
export class ScriptedModel {
  readonly log = new CallLog();
  readonly gates = new Gates();
  readonly #scripts = new Map<string | undefined, string>();
  readonly #running = new Map<ServerResponse, Promise<void>>();

  /** One call. Where `redirect` leads is known only to the first door. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    api: Api,
    door: { elsewhere: string } | 'elsewhere',
  ) {
    const at = clock();
    // What is not JSON, or broke off when its client went, is no request: refused as one of the wrong shape.
    const body = REQUESTS[api].safeParse(await json(request).catch(() => undefined));
    if (!body.success) return refuse(response, 400, body.error.message);
    const played = this.#play({ request, response, at, api, body: body.data, door });
    this.#running.set(response, played);
    await played.finally(() => this.#running.delete(response));
  }

  /** For prompts that name no scenario, or for exactly this prompt. Throws when the script itself cannot be read. */
  script(script: string, prompt?: string): void {
    if (!namesScenario(script)) throw new Error(`A script begins with scenario:NAME, not with ${script.slice(0, 40)}.`);
    scenarioOf(prompt ?? '', { script });
    this.#scripts.set(prompt, script);
  }

  async reset(): Promise<void> {
    const ended = [...this.#running.values()];
    for (const response of this.#running.keys()) response.destroy();
    await Promise.all(ended);
    this.#scripts.clear();
    this.gates.clear();
    this.log.clear();
  }

  async #play({ request, response, at, api, body, door }: Exchange): Promise<void> {
    const prompt = promptOf(body);
    const nth = this.log.nthOf(prompt);
    const script = door === 'elsewhere' ? STEADY : this.#scriptOf(prompt);
    const scenario = scriptedScene({ prompt, nth, script, begun: begunOf(body) });
    const shown = door === 'elsewhere' ? door : scenario instanceof Error ? 'unknown' : scenario.name;
    const call = this.log.begin({ nth, at, api, scenario: shown, prompt, body, headers: headersOf(request) });
    const record = (change: Partial<Call>) => this.log.change(call.n, change);
    const gone = closing(response, () => {
      record({ closedAt: clock(), held: false, endedBy: this.log.get(call.n)?.endedBy ?? 'client' });
    });
    const writer = new ReplyWriter({ response, gone, record });
    if (scenario instanceof Error) {
      writer.head(400, JSON_TYPE);
      return writer.end('fault', errorBody({ message: scenario.message, code: null }));
    }
    const { options, tokens } = scenario;
    const around = { elsewhere: door === 'elsewhere' ? '' : door.elsewhere, maskedKey: maskedKey(request) };
    const opened = (key: string) => this.gates.opened(key);
    const stage = new Stage({ call, tokens, options, around, writer, gone, record, opened });
    // A play whose client has gone ends by AbortError: that is how it ends, not a fault of ours.
    await plays[scenario.name](stage).catch((error: unknown) => {
      if (!gone.aborted) throw error;
    });
  }

  #scriptOf(prompt: string): string | undefined {
    return this.#scripts.get(prompt) ?? (namesScenario(prompt) ? prompt : this.#scripts.get(undefined));
  }
}

/** The scenario that is played, and what it says; an Error where it cannot be: it is shown, so that its test fails. */
function scriptedScene({ prompt, nth, script, begun }: Asked): (Scenario & { tokens: Iterator<string> }) | Error {
  try {
    const scenario = scenarioOf(prompt, { nth, ...(script && { script }) });
    return { ...scenario, tokens: tokensOf(scenario, begun) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

type Asked = { prompt: string; nth: number; script: string | undefined; begun: string | null };

/** The scenario's text, or what follows a begun reply in it. Throws where nothing does: that is a caller's mistake. */
function tokensOf({ options }: Scenario, begun: string | null): Iterator<string> {
  if (begun === null) return replyTokens(options);
  if (!options.continues) throw new Error('This scenario continues no last message of the assistant.');
  const tokens = tokensAfter(begun, options);
  if (!tokens) throw new Error('The begun reply is no beginning of this scenario’s text.');
  return tokens;
}

type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  at: number;
  api: Api;
  body: ChatRequest;
  door: { elsewhere: string } | 'elsewhere';
};

const JSON_TYPE = { 'content-type': 'application/json' };

export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, JSON_TYPE).end(errorBody({ message, code: null }));
}

/** Aborts when the exchange has closed, after `closed` has noted it. */
function closing(response: ServerResponse, closed: () => void): AbortSignal {
  const gone = new AbortController();
  const close = () => {
    closed();
    gone.abort();
  };
  // The client may have gone while its request was read: then there is no event any more.
  if (response.closed || response.destroyed) close();
  else response.once('close', close);
  return gone.signal;
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(named), authorization: headers.authorization ? 'present' : 'absent' };
}

/** As a real provider words it: enough of the key to be worth hiding. */
function maskedKey({ headers }: IncomingMessage): string {
  const key = headers.authorization?.replace(/^Bearer /, '') ?? '';
  return `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
}
