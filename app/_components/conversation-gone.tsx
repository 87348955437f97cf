import type { ReactNode } from 'react';
import { NEW_CHAT } from '#app/_client/address.ts';
import { AppLink } from './app-link.tsx';

/** In the place of a conversation that is not there: never was, or was deleted here or in another tab. */
export function ConversationGone({ isDeleted, menuButton }: { isDeleted: boolean; menuButton: ReactNode }) {
  const words = isDeleted ? 'This conversation was deleted' : 'There is no such conversation';
  return (
    <>
      <title>{`${words} · Parley`}</title>
      <header className="flex min-h-12 items-center px-3 sm:px-6">{menuButton}</header>
      <div className="mx-auto max-w-column px-6 pt-[12vh]">
        <h1 className="wordmark mb-3 text-2xl">{words}</h1>
        <p className="mb-4 text-soft">
          {isDeleted
            ? 'It can be brought back for 30 seconds, where it was deleted.'
            : 'Its address may be mistyped, or it was deleted some time ago.'}
        </p>
        <AppLink href={NEW_CHAT} className="link">
          Begin a new chat
        </AppLink>
      </div>
    </>
  );
}
