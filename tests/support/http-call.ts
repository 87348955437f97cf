import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export type Answered = { status: number; headers: IncomingHttpHeaders; text: string; body: unknown };

export type CallOptions = {
  method?: string;
  headers?: OutgoingHttpHeaders;
  /** Bytes and strings go as they are, with their length; an iterable goes in chunks. */
  body?: string | Uint8Array | Iterable<string | Uint8Array>;
};

/** One call on a connection of its own, free to send what a browser's `fetch` refuses to. */
export async function call(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: CallOptions = {},
): Promise<Answered> {
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  const length = isWhole ? { 'content-length': Buffer.byteLength(body) } : {};
  // Kept alive until it is answered: a server that may close does so after an early answer, and what it then resets can
  // take the answer along.
  const kept = { connection: 'keep-alive', ...length, ...headers };
  const sent = request({ port, host: '127.0.0.1', path, method, agent: false, headers: kept });
  sent.on('error', () => {});
  const answer = answerTo(sent);
  if (isWhole) sent.end(body);
  else {
    for (const piece of body ?? []) sent.write(piece);
    sent.end();
  }
  return answer.finally(() => sent.destroy());
}

async function answerTo(sent: ReturnType<typeof request>): Promise<Answered> {
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  const { statusCode: status = 0, headers } = response;
  return { status, headers, text, body: text && isJson(headers) ? JSON.parse(text) : undefined };
}

const isJson = (headers: IncomingHttpHeaders) => headers['content-type']?.startsWith('application/json');

/** Sends JSON as the page does. */
export const post = (port: number, path: string, body: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answered> =>
  call(port, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Bytes as they are; what comes back until the server closes. */
export async function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  let text = '';
  for await (const piece of socket.setEncoding('utf8')) text += piece;
  return text;
}
