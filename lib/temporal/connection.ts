import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { isLoopback, type WebEnv } from '#lib/env.ts';

export type TemporalEnv = Pick<
  WebEnv,
  'TEMPORAL_ADDRESS' | 'TEMPORAL_PORT' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE'
>;

/** What a client's and a worker's connection have in common. */
export type TemporalAddress = Required<Pick<ConnectionOptions, 'address'>> &
  Pick<ConnectionOptions, 'tls' | 'metadata'> & { apiKey?: string };

/**
 * Where Temporal is, and how one gets in: TEMPORAL_TLS…, TEMPORAL_API_KEY and the like are read as by every Temporal
 * program. Its configuration file only counts when it is named: the one in the home folder is the command line's, and
 * its key or TLS would keep us out of our own dev server.
 */
export function temporalAddress(env: TemporalEnv): TemporalAddress {
  const address = env.TEMPORAL_ADDRESS ?? `127.0.0.1:${env.TEMPORAL_PORT}`;
  const isNamed = Boolean(process.env.TEMPORAL_CONFIG_FILE ?? process.env.TEMPORAL_PROFILE);
  const { tls, apiKey, metadata } = loadClientConnectConfig({ disableFile: !isNamed }).connectionOptions;
  return {
    address,
    ...(tls !== undefined && { tls }),
    ...(typeof apiKey === 'string' && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  };
}

export const isOnThisMachine = (address: string): boolean => isLoopback(address.replace(/:\d+$/, ''));
