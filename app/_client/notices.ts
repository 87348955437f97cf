import type { Health } from '#lib/protocol/message.ts';
import type { Link } from './gateway.ts';
import type { HealthState } from './health-store.ts';

/** What is not as it should be, in words; `key` tells one notice from another as its words change. */
export type Notice = { key: 'server' | 'store' | 'link' | 'temporal' | 'worker' | 'model'; words: string };

/** The cause hides its consequences: with the server away nothing is known of the rest. */
export function noticesOf(link: Link, { health, isReachable }: HealthState): Notice[] {
  if (!isReachable) {
    return [
      {
        key: 'server',
        words: 'Parley cannot be reached. What you send is kept in this browser and sent when it is back.',
      },
    ];
  }
  return [...partNotices(health), ...linkNotice(link, health)];
}

function linkNotice(link: Link, health: Health | null): Notice[] {
  // The worker carries the gateway: that it is away is said already.
  const isExplained = health !== null && health.worker.state !== 'ok';
  if (link !== 'disconnected' || isExplained) return [];
  return [{ key: 'link', words: 'Reconnecting… New text appears as soon as the connection is back.' }];
}

function partNotices(health: Health | null): Notice[] {
  if (!health) return [];
  const { store, gateway, temporal, worker, model } = health;
  const notices: Notice[] = [];
  if (store.state !== 'ok') {
    notices.push({ key: 'store', words: 'The store takes nothing now, so nothing can be sent.' });
  }
  if (temporal.state !== 'ok') {
    notices.push({ key: 'temporal', words: 'Temporal is away. What you send is kept and answered when it is back.' });
  }
  // Without Temporal no worker works; only one that does not answer at all is a second trouble.
  if (worker.state !== 'ok' && (temporal.state === 'ok' || gateway.state !== 'ok')) {
    const words =
      worker.state === 'starting'
        ? 'The worker is starting. What you send is kept and answered when it is up.'
        : 'The worker is away. What you send is kept and answered when it is back.';
    notices.push({ key: 'worker', words });
  }
  return worker.state === 'ok' ? [...notices, ...modelNotice(model)] : notices; // only a worker knows how the model is
}

function modelNotice({ state, percent, detail }: Health['model']): Notice[] {
  switch (state) {
    case 'ok':
      return [];
    case 'starting': {
      const how = percent === undefined ? 'is loading' : `is being downloaded: ${Math.floor(percent)}\u00a0%`;
      return [{ key: 'model', words: `The model ${how}. Messages wait for it.` }];
    }
    case 'away':
    case 'unavailable':
      return [{ key: 'model', words: detail ?? 'There is no model to answer.' }];
  }
}
