'use client';

import { NEW_CHAT } from '#app/_client/address.ts';
import { AppLink } from './app-link.tsx';

export function NothingHere() {
  return (
    <div className="mx-auto max-w-column px-6 pt-[12vh]">
      <title>Nothing here · Parley</title>
      <h1 className="wordmark mb-3 text-2xl">There is nothing at this address</h1>
      <p className="mb-4 text-soft">A conversation’s address ends with its id; this one does not.</p>
      <AppLink href={NEW_CHAT} className="link">
        Begin a new chat
      </AppLink>
    </div>
  );
}
