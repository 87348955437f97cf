/** Read by every response, pages and files alike; the policy with the nonce is made per request, in proxy.ts. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

/** @type {import('next').NextConfig} */
const config = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Types are checked by their own step of the tests.
  typescript: { ignoreBuildErrors: true },
  // Nothing is drawn through Next's image server, so it is not there.
  images: { unoptimized: true },
  // Bundled, these lose the files and the classes that they look up at run time.
  serverExternalPackages: [
    '@temporalio/client',
    '@temporalio/common',
    '@temporalio/envconfig',
    '@temporalio/proto',
    '@grpc/grpc-js',
    'protobufjs',
    'long',
    'pino',
  ],
  headers: async () => [
    { source: '/:path*', headers: Object.entries(SAFE_HEADERS).map(([key, value]) => ({ key, value })) },
  ],
};

export default config;
