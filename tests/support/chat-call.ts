import type { ModelEndpoint } from './endpoint-client.ts';

/** Calls the endpoint by plain fetch, as a provider is called; `fields` go over those of the request. */
export function askEndpoint(
  { baseURL }: Pick<ModelEndpoint, 'baseURL'>,
  prompt: string,
  fields: object = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test-0123456789-last' },
    body: JSON.stringify({ model: 'any', stream: true, messages: [{ role: 'user', content: prompt }], ...fields }),
    redirect: 'manual',
    ...(signal && { signal }),
  });
}

/** A whole stream: its events, their JSON, the deltas and the text they make. */
export async function read(response: Response) {
  const events = (await response.text()).split('\n\n').filter(Boolean);
  const chunks = events.filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)));
  const choices = chunks.flatMap(({ choices }) => choices ?? []);
  const deltas = choices.map(({ delta }) => delta.content ?? '').filter(Boolean);
  const finish = choices.map((choice) => choice.finish_reason).filter(Boolean);
  return { events, chunks, deltas, text: deltas.join(''), finish, done: events.at(-1) };
}
