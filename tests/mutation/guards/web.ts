import { guardsOf } from '../guard.ts';

const PROXY = 'tests/server/proxy.test.ts';
const HEALTH = 'tests/server/health.test.ts';

/** What the web process lets pages do, and what it says of itself. */
export const webGuards = [
  ...guardsOf('proxy.ts', PROXY, [
    {
      rules: ['SEC1'],
      name: 'page: under a Host that is ours',
      from: 'if (!isOurHost(request, env)) {',
      to: 'if (false) {',
    },
    {
      rules: ['SEC3'],
      name: 'page: its browser gets the policy',
      from: "response.headers.set('content-security-policy', policy);",
      to: '',
    },
    {
      rules: ['SEC3'],
      name: 'page: Next draws it by the same policy',
      from: "\n  headers.set('content-security-policy', policy);",
      to: '',
    },
    {
      rules: ['SEC3'],
      name: 'page: a nonce of its own',
      from: 'contentPolicy(crypto.randomUUID(), ',
      to: "contentPolicy('00000000-0000-4000-8000-000000000000', ",
    },
  ]),
  ...guardsOf('app/_server/content-policy.ts', PROXY, [
    {
      rules: ['SEC3'],
      name: 'policy: no inline script',
      from: "`script-src 'self' 'nonce-",
      to: "`script-src 'self' 'unsafe-inline' 'nonce-",
    },
    {
      rules: ['SEC3'],
      name: 'policy: pictures only from the app',
      from: "`img-src 'self'`",
      to: "`img-src 'self' https:`",
    },
    {
      rules: ['SEC3'],
      name: 'policy: connections only to the app and its gateway',
      from: "`connect-src 'self' ${gateway} ${socket}`",
      to: "`connect-src 'self' ${gateway} ${socket} https:`",
    },
    { rules: ['SEC3'], name: 'policy: no page is framed', from: "`frame-ancestors 'none'`,", to: '' },
    { rules: ['SEC3'], name: 'policy: no other base', from: "`base-uri 'none'`,", to: '' },
  ]),
  ...guardsOf('app/_server/methods.ts', 'tests/server/methods.test.ts', [
    {
      rules: ['API4'],
      name: 'methods: one that a route does not have is answered',
      from: '{ ...everyMethod(refuse), ...own }',
      to: '{ ...own } as Record<Method, Handler>',
    },
    { rules: ['API4'], name: 'methods: it says which ones there are', from: ', { allow }),', to: '),' },
    {
      rules: ['API4'],
      name: 'methods: an unknown path is no other route',
      from: "refusal('not_found', ",
      to: "refusal('internal', ",
    },
  ]),
  ...guardsOf('app/_server/health.ts', HEALTH, [
    {
      rules: ['API5'],
      name: 'health: only with a store',
      from: "store.state === 'ok' && told.gateway.state === 'ok'",
      to: "told.gateway.state === 'ok'",
    },
    {
      rules: ['API5'],
      name: 'health: only with a gateway',
      from: "store.state === 'ok' && told.gateway.state === 'ok'",
      to: "store.state === 'ok'",
    },
    {
      rules: ['API5'],
      name: 'health: somebody else’s server is no gateway',
      from: "...Told.parse(await readFromWorker('/health', LOOK_MS))",
      to: "...((await readFromWorker('/health', LOOK_MS)) as z.infer<typeof Told>)",
    },
    {
      rules: ['API5'],
      name: 'health: one look at the store at a time, and the next sees how it is then',
      from: 'void setTimeout(() => (last = null), freshMs).unref();',
      to: 'void freshMs;',
    },
  ]),
  ...guardsOf('app/_server/worker-reads.ts', HEALTH, [
    {
      rules: ['API5'],
      name: 'health: a gateway that is silent is away',
      from: 'signal: AbortSignal.timeout(ms), ',
      to: '',
      only: 'silent',
    },
    {
      rules: ['API5'],
      name: 'health: the worker is asked where it listens',
      from: 'new URL(path, `http://${host}:${GATEWAY_PORT}`)',
      to: 'new URL(path, process.env.GATEWAY_PUBLIC_URL)',
    },
    {
      rules: ['API5'],
      name: 'health: a redirect is not followed',
      from: ", redirect: 'error'",
      to: '',
      only: 'elsewhere',
    },
  ]),
  ...guardsOf('lib/env.ts', 'tests/server/env.test.ts', [
    { rules: ['SEC6'], name: 'env: loopback only', from: 'LOOPBACK.test(host), {', to: 'host !== undefined, {' },
    {
      rules: ['SEC5'],
      name: 'env: the web process does not read the key',
      from: 'z.object({ ...common, TEMPORAL_UI_URL: optional(z.url()) })',
      to: 'z.object({ ...common, TEMPORAL_UI_URL: optional(z.url()), OPENAI_API_KEY: optional(z.string()) })',
    },
  ]),
  ...guardsOf('lib/temporal/client.ts', 'tests/server/temporal-client.test.ts', [
    {
      rules: ['OB1', 'API5'],
      name: 'Temporal: each call has an end of its own',
      from: 'connection.withDeadline(Date.now() + ms, call)',
      to: 'call()',
    },
  ]),
  ...guardsOf('lib/temporal/client.ts', 'tests/worker/temporal-client.test.ts', [
    {
      rules: ['OB3', 'DEL1'],
      name: 'Temporal: what does not run has nothing to stop',
      from: 'unlessGone(() =>\n',
      to: '(async (now) => now())(() =>\n',
    },
    {
      rules: ['OB3', 'DEL1'],
      name: 'Temporal: what does not run has nothing to end',
      from: 'unlessGone(async () => {',
      to: '(async (now) => now())(async () => {',
    },
    {
      rules: ['WRK3'],
      name: 'Temporal: what does not run has no attempts',
      from: 'if (error instanceof WorkflowNotFoundError) return [];',
      to: '',
    },
    {
      rules: ['WRK2'],
      name: 'Temporal: an attempt that has ended is as good as failed',
      from: 'if (!(error instanceof ActivityNotFoundError)) throw error;',
      to: 'throw error;',
    },
    {
      rules: ['OB1'],
      name: 'Temporal: a running workflow takes the signal',
      from: "workflowIdConflictPolicy: 'USE_EXISTING'",
      to: "workflowIdConflictPolicy: 'FAIL'",
    },
    {
      rules: ['OB1'],
      name: 'Temporal: an ended workflow begins anew',
      from: "workflowIdReusePolicy: 'ALLOW_DUPLICATE'",
      to: "workflowIdReusePolicy: 'REJECT_DUPLICATE'",
    },
  ]),
  ...guardsOf('app/_server/odd-methods.ts', 'tests/api/refusals.test.ts', [
    {
      rules: ['API4'],
      name: 'methods: one that Next does not know is answered like others',
      from: "request.method = 'OPTIONS';",
      to: 'return;',
      only: 'allows',
    },
  ]),
  ...guardsOf('app/_server/answering.ts', 'tests/api/logs.test.ts', [
    {
      rules: ['OBS1'],
      name: 'web: a refusal is one line',
      from: 'await noteRefusal(request, context, answer);',
      to: 'void noteRefusal;',
    },
  ]),
  ...guardsOf('app/_server/refusal-log.ts', 'tests/api/logs.test.ts', [
    {
      rules: ['OBS1'],
      name: 'web: the line of a refusal says who was not let in',
      from: "code === 'unknown_host' || code === 'foreign_origin' ? whoAsked(request) : {}",
      to: '{}',
    },
    {
      rules: ['OBS3'],
      name: 'web: of a path only ids are told',
      from: 'Ids.safeParse(await params).data',
      to: '(await params) as object',
    },
  ]),
  ...guardsOf('worker/model/list-models.ts', 'tests/model/list-models.test.ts', [
    {
      rules: ['SET2'],
      name: 'models: what cannot chat is left out',
      from: '.filter((id) => !NO_CHAT.test(id))',
      to: '',
    },
    { rules: ['SET2'], name: 'models: a refusal is no list', from: 'if (!response.ok) throw', to: 'if (false) throw' },
  ]),
];
