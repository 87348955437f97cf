import type { Metadata, Viewport } from 'next';
import { cookies, headers } from 'next/headers';
import type { ReactNode } from 'react';
import { gatewayUrl } from './_server/addresses.ts';
import { webEnv } from './_server/web-env.ts';
import { parseTheme, THEME_COOKIE } from './_client/theme.ts';
import { Shell } from './_components/shell.tsx';
import './globals.css';

export const metadata: Metadata = {
  description: 'Chat that you can stop, interrupt and come back to.',
  icons: { icon: '/icon.svg' },
};

export const viewport: Viewport = {
  colorScheme: 'light dark',
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  interactiveWidget: 'resizes-content',
};

/** Drawn per request: the policy's nonce is new with each, and the gateway's address is known at run time only. */
export default async function Layout({ children }: { children: ReactNode }) {
  const gateway = gatewayUrl({ headers: await headers() }, webEnv());
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html lang="en" data-theme={theme}>
      <body>
        <Shell gatewayUrl={gateway} theme={theme}>
          {children}
        </Shell>
      </body>
    </html>
  );
}
