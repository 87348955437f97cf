'use client';

import { Button } from './_components/button.tsx';

/** Instead of a page that could not be drawn. What was sent is with the server, or kept in this browser. */
export default function PageError({ reset }: { reset: () => void }) {
  return (
    <main role="alert" className="mx-auto max-w-column px-6 pt-[12vh]">
      <h1 className="wordmark mb-3 text-2xl">This page could not be drawn</h1>
      <p className="mb-4 text-soft">Your conversations are safe: they are kept by the server, not by this page.</p>
      <div className="flex gap-2">
        <Button look="primary" onClick={reset}>
          Draw it again
        </Button>
        <Button onClick={() => window.location.reload()}>Load the page again</Button>
      </div>
    </main>
  );
}
