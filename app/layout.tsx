import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { gatewayUrl } from './_server/addresses.ts';
import { webEnv } from './_server/web-env.ts';
import { Shell } from './_components/shell.tsx';
import './globals.css';

export const metadata: Metadata = {
  description: 'Chat that you can stop, interrupt and come back to.',
  icons: { icon: '/icon.svg' },
};

export const viewport: Viewport = { colorScheme: 'light dark', width: 'device-width', initialScale: 1 };

/** Drawn per request: the policy's nonce is new with each, and the gateway's address is known at run time only. */
export default async function Layout({ children }: { children: ReactNode }) {
  const gateway = gatewayUrl({ headers: await headers() }, webEnv());
  return (
    <html lang="en">
      <body>
        <Shell gatewayUrl={gateway}>{children}</Shell>
      </body>
    </html>
  );
}
