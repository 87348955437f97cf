import { Agent } from 'undici';

/** A reader's pause between two messages; well under the minutes after which a router on the way forgets a connection. */
const IDLE_MS = 60_000;

/**
 * Keeps connections to the provider open between two turns. Node's own `fetch` closes one after four idle seconds, and
 * each turn then pays for a new TCP and TLS handshake before its first token. A provider that names a shorter time
 * (`Keep-Alive: timeout=…`) is heeded. They are this process's: after a restart or a handover the first call makes its own.
 */
const connections = new Agent({ keepAliveTimeout: IDLE_MS });

// The browser's types of `fetch` do not have what Node's takes.
export const warmFetch: typeof fetch = (input, init) =>
  fetch(input, { ...init, dispatcher: connections } as RequestInit);
