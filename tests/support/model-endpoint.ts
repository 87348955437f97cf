import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { FROM_THE_START } from './call-log.ts';
import { PATHS, type Api } from './chat-wire.ts';
import { endpointAt, type ModelEndpoint } from './endpoint-client.ts';
import { SCENARIO_NAMES } from './scenario-options.ts';
import { refuse, ScriptedModel } from './scripted-model.ts';

/** The models that the endpoint lists; it answers to any name. */
export const MODEL_NAME = 'scripted';
export const OTHER_MODEL_NAME = 'scripted-too';

const scriptBody = z.strictObject({ scenario: z.string(), prompt: z.string().optional() });
const releaseBody = z.strictObject({ key: z.string() });

const APIS: Api[] = ['chat', 'responses'];

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

/**
 * The one double of the project: a real HTTP server that speaks both of OpenAI's APIs, scripted by the prompts
 * themselves (scenario-options.ts). On loopback, at a free port unless one is given.
 */
export async function startModelEndpoint({ port = 0 } = {}): Promise<ModelEndpoint> {
  const model = new ScriptedModel();
  const calls = (door: (path: string) => Parameters<typeof model.answer>[3]): Record<string, Handler> =>
    Object.fromEntries(
      APIS.map((api) => [
        `POST ${PATHS[api]}`,
        (request, response) => model.answer(request, response, api, door(PATHS[api])),
      ]),
    );
  const elsewhere = await listening(calls(() => 'elsewhere'));
  const main = await listening(
    {
      ...calls((path) => ({ elsewhere: elsewhere.url + path })),
      'GET /v1/models': (_, response) =>
        say(response, { object: 'list', data: [MODEL_NAME, OTHER_MODEL_NAME].map(modelCalled) }),
      'GET /scenario-names': (_, response) => say(response, SCENARIO_NAMES),
      'GET /calls': async (_, response, { searchParams }) => {
        const since = Number(searchParams.get('since') ?? FROM_THE_START);
        say(response, await model.log.changes(since, Number(searchParams.get('waitMs') ?? 30_000)));
      },
      'POST /release': async (request, response) => {
        model.gates.open(releaseBody.parse(await json(request)).key);
        say(response, {});
      },
      'POST /script': async (request, response) => {
        const { scenario, prompt } = scriptBody.parse(await json(request));
        model.script(scenario, prompt);
        say(response, {});
      },
      'POST /reset': async (_, response) => {
        await model.reset();
        say(response, {});
      },
    },
    port,
  );
  return endpointAt(main.url, {
    changes: (since, waitMs) => model.log.changes(since, waitMs),
    release: async (key) => model.gates.open(key),
    script: async (scenario, prompt) => model.script(scenario, prompt),
    reset: () => model.reset(),
    close: async () => {
      await model.reset();
      await Promise.all([main.close(), elsewhere.close()]);
    },
  });
}

const modelCalled = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'tests' });

const say = (response: ServerResponse, answer: unknown) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));

async function listening(routes: Record<string, Handler>, port = 0) {
  const listener: RequestListener = async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://endpoint');
    const handler = routes[`${request.method} ${url.pathname}`];
    if (!handler) return refuse(response, 404, `Nothing answers ${request.method} ${url.pathname}.`);
    try {
      await handler(request, response, url);
    } catch (error) {
      // A body that is not what the route takes, a script that cannot be read, or a mistake in a play: shown, not hidden.
      if (response.headersSent) throw error;
      refuse(response, 400, String(error));
    }
  };
  // Longer than any test is idle: a socket closed by us just as the client reuses it would look like a fault.
  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  const endpoint = await startModelEndpoint({ port: Number(values.port) });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endpoint.close());
  console.log(`The scripted model endpoint is at ${endpoint.baseURL}`);
}
