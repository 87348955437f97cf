import type { ReactNode } from 'react';

type Props = {
  id: string;
  status: string;
  prompt: string;
  /** Above the prompt: how it came here. */
  origin?: ReactNode;
  /** In the prompt's place, while it is being changed. */
  editor?: ReactNode;
  promptTools?: ReactNode;
  children: ReactNode;
};

/** What every turn looks like, sent or taken: the prompt as it was typed, then what became of it. */
export function TurnFrame({ id, status, prompt, origin, editor, promptTools, children }: Props) {
  return (
    <article id={id} data-turn-id={id} data-status={status} className="turn group py-5">
      <h2 className="sr-only">You</h2>
      {origin}
      {editor ? (
        <div className="mb-4">{editor}</div>
      ) : (
        <div className="mb-4 flex items-start justify-end gap-1">
          {promptTools}
          <div
            data-part="prompt"
            dir="auto"
            className="w-fit max-w-[88%] rounded-2xl rounded-br-sm bg-prompt px-4 py-2.5 whitespace-pre-wrap wrap-anywhere"
          >
            {prompt}
          </div>
        </div>
      )}
      <h2 className="sr-only">Reply</h2>
      {children}
    </article>
  );
}
