import type { Notice } from '#app/_client/notices.ts';

/** What is not as it should be. A live region, so it stands on the page before there is anything to say. */
export function Notices({ notices }: { notices: readonly Notice[] }) {
  return (
    <output aria-label="Connection" className="flex flex-col gap-1.5">
      {notices.map(({ key, words }) => (
        <span key={key} data-notice={key} className="notice rounded-lg bg-warn px-3 py-2 text-sm text-warn-ink">
          {words}
        </span>
      ))}
    </output>
  );
}
