import type { ReactNode } from 'react';

type Props = { id: string; status: string; prompt: string; children: ReactNode };

/** What every turn looks like, sent or taken: the prompt as it was typed, then what became of it. */
export function TurnFrame({ id, status, prompt, children }: Props) {
  return (
    <article data-turn-id={id} data-status={status} className="turn py-5">
      <h2 className="sr-only">You</h2>
      <div
        data-part="prompt"
        dir="auto"
        className="mb-4 ml-auto w-fit max-w-[88%] rounded-2xl rounded-br-sm bg-prompt px-4 py-2.5 whitespace-pre-wrap wrap-anywhere"
      >
        {prompt}
      </div>
      <h2 className="sr-only">Reply</h2>
      {children}
    </article>
  );
}
