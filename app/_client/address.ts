const CONVERSATION = /^\/c\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/?$/;

export const NEW_CHAT = '/';
export const SETTINGS = '/settings';

export const addressOf = (conversationId: string) => `/c/${conversationId}`;

/** A link to one turn: the conversation opens there. */
export const addressOfTurn = (conversationId: string, turnId: string) => `${addressOf(conversationId)}#${turnId}`;

/** The conversation that an address names; null for any other address. */
export const conversationAt = (pathname: string): string | null =>
  CONVERSATION.exec(pathname.toLowerCase())?.[1] ?? null;

/** Changes the address without loading a page; Next's `usePathname` follows. */
export function goTo(address: string): void {
  if (window.location.pathname !== address) window.history.pushState(null, '', address);
}
