'use client';

import { Broken } from './_components/broken.tsx';

export default function PageError({ reset }: { reset: () => void }) {
  return <Broken onAgain={reset} />;
}
