import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLoopback } from '#lib/env.ts';
import { completeChat } from './chat-completions.ts';
import { ChatRequest, TokenizeRequest } from './chat-request.ts';
import { MAX_NEW_TOKENS, type Engine } from './engine.ts';
import { promptTokens } from './prompt-tokens.ts';
import type { Readiness } from './readiness.ts';
import { errorBody, readBody, Refusal, sendJson } from './respond.ts';

type Call = { request: IncomingMessage; response: ServerResponse; signal: AbortSignal; readiness: Readiness };

const ROUTES: Record<string, (call: Call) => void | Promise<void>> = {
  'GET /health': ({ response, readiness }) =>
    sendJson(response, readiness.status === 'ok' ? 200 : 503, health(readiness)),

  'GET /v1/models': ({ response, readiness }) => {
    const { name } = engineOf(readiness);
    sendJson(response, 200, { object: 'list', data: [{ id: name, object: 'model', created: 0, owned_by: 'parley' }] });
  },

  'POST /v1/chat/completions': async ({ request, response, signal, readiness }) => {
    const body = await readBody(request, ChatRequest);
    await completeChat(engineOf(readiness), body, response, signal);
  },

  'POST /tokenize': async ({ request, response, readiness }) => {
    const { messages } = await readBody(request, TokenizeRequest);
    sendJson(response, 200, { tokens: promptTokens(engineOf(readiness), messages).tokens.length });
  },
};

/** Serves OpenAI's chat completions while the model is ready, and says how it is at all times. `ending` cuts every answer. */
export function createModelServer(readiness: () => Readiness, ending: AbortSignal): Server {
  return createServer(async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, ending]);
    try {
      await routeOf(request)({ request, response, signal, readiness: readiness() });
    } catch (error) {
      if (signal.aborted) response.destroy();
      else fail(response, error);
    }
  });
}

function routeOf(request: IncomingMessage) {
  // A page that made its own name resolve to this machine must not reach us (DNS rebinding).
  if (!isLoopback(URL.parse(`http://${request.headers.host}`)?.hostname ?? '')) {
    throw new Refusal(421, 'misdirected_request', 'This server answers to loopback names only.');
  }
  const path = request.url?.split('?')[0] ?? '';
  const route = ROUTES[`${request.method} ${path}`];
  if (route) return route;
  const known = Object.keys(ROUTES).some((name) => name.endsWith(` ${path}`));
  throw known
    ? new Refusal(405, 'method_not_allowed', `${path} does not take ${request.method}.`)
    : new Refusal(404, 'not_found', `There is no ${path} here.`);
}

function engineOf(readiness: Readiness): Engine {
  if (readiness.status === 'ok') return readiness.engine;
  throw new Refusal(503, 'model_not_ready', notReady(readiness), { 'retry-after': '1' });
}

function notReady(readiness: Exclude<Readiness, { status: 'ok' }>): string {
  switch (readiness.status) {
    case 'downloading':
      return `The model is being downloaded (${readiness.percent} %).`;
    case 'loading':
      return 'The model is being loaded.';
    case 'unavailable':
      return readiness.message;
  }
}

const health = (readiness: Readiness) =>
  readiness.status === 'ok'
    ? {
        status: 'ok',
        model: readiness.engine.name,
        contextTokens: readiness.engine.contextTokens,
        maxNewTokens: MAX_NEW_TOKENS,
      }
    : readiness;

function fail(response: ServerResponse, error: unknown) {
  const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal_error', 'The model server failed.');
  if (refusal.status === 500) console.error(error);
  const body = errorBody(refusal.message, refusal.code, refusal.status);
  if (response.headersSent) response.end(`data: ${JSON.stringify(body)}\n\n`);
  else sendJson(response, refusal.status, body, refusal.headers);
}
