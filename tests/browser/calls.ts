import type { Call } from '#tests/support/call-log.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';

/** The nth model call for a prompt, as soon as `holds` is true of it. */
export function callOf(
  endpoint: ModelEndpoint,
  prompt: string,
  holds: (call: Call) => boolean = () => true,
  { nth = 1, timeoutMs = 15_000 } = {},
): Promise<Call> {
  return endpoint.until(
    (calls) => calls.find((call) => call.prompt === prompt && call.nth === nth && holds(call)),
    timeoutMs,
  );
}

export const isHeld = (call: Call) => call.held;
export const isOver = (call: Call) => call.endedBy !== null && call.closedAt !== null;

/** Role and text of each message that a call told the model. */
export const messagesOf = (call: Call) => call.body.messages.map((message) => [message['role'], message['content']]);
