import { Button } from './button.tsx';

/** In the place of what could not be drawn. What was sent is with the server, or kept in this browser. */
export function Broken({ onAgain }: { onAgain: () => void }) {
  return (
    <div role="alert" className="mx-auto max-w-column px-6 pt-[12vh]">
      <h1 className="wordmark mb-3 text-2xl">This page could not be drawn</h1>
      <p className="mb-4 text-soft">Your conversations are safe: they are kept by the server, not by this page.</p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={onAgain}>
          Draw it again
        </Button>
        <Button onClick={() => window.location.reload()}>Load the page again</Button>
      </div>
    </div>
  );
}
