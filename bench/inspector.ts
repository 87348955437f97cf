import { once } from 'node:events';
import { until } from '#tests/support/until.ts';

/** Bytes of a process after a garbage collection. */
export type Memory = { rss: number; held: number };

/**
 * Asks a running Node process by its inspector, which a signal opens at the port that NODE_OPTIONS gave it: what it
 * holds once its garbage is gone, without a change to it.
 */
export async function memoryOf(pid: number, inspectorPort: number): Promise<Memory> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await debuggerUrl(inspectorPort));
  await once(socket, 'open');
  let asked = 0;
  const ask = async (method: string, params = {}): Promise<{ result: { value: string } }> => {
    const id = ++asked;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [{ data }] = (await once(socket, 'message')) as [MessageEvent<string>];
      const answer = JSON.parse(data);
      if (answer.id === id) return answer.result;
    }
  };
  await ask('HeapProfiler.collectGarbage');
  const { result } = await ask('Runtime.evaluate', { expression: 'JSON.stringify(process.memoryUsage())' });
  socket.close();
  const { rss, heapUsed, external } = JSON.parse(result.value) as NodeJS.MemoryUsage;
  return { rss, held: heapUsed + external };
}

async function debuggerUrl(port: number): Promise<string> {
  // Refused until the signal has opened it; one that never opens is told by `until`.
  const answer = await until(() => fetch(`http://127.0.0.1:${port}/json/list`).catch(() => null));
  return ((await answer.json()) as { webSocketDebuggerUrl: string }[])[0]!.webSocketDebuggerUrl;
}
