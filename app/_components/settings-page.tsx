import type { ReactNode } from 'react';
import type { Settings } from '#lib/protocol/turn.ts';
import type { Theme } from '#app/_client/theme.ts';
import type { EnterDoes } from '#app/_client/preferences.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Choice } from './choice.tsx';
import { SettingsForm } from './settings-form.tsx';

const THEME_WORDS: { value: Theme; words: string }[] = [
  { value: 'system', words: 'As the system' },
  { value: 'light', words: 'Light' },
  { value: 'dark', words: 'Dark' },
];

const ENTER_WORDS: { value: EnterDoes; words: string }[] = [
  { value: 'interject', words: 'Enter interjects, Ctrl+Enter queues' },
  { value: 'queue', words: 'Enter queues, Ctrl+Enter interjects' },
];

/** What this browser keeps of its user's habits. */
export function SettingsPage({ menuButton }: { menuButton: ReactNode }) {
  const { preferences, theme } = useViewer();
  const { enter, settings } = useCell(preferences.state);
  const save = async (settings: Settings) => (preferences.change({ settings }), null);
  return (
    <>
      <title>Settings · Parley</title>
      <header className="flex min-h-12 items-center gap-2 border-b border-line px-3 sm:px-6">{menuButton}</header>
      <div className="relative min-h-0 flex-1 overflow-y-auto px-4 sm:px-6">
        <div className="mx-auto flex max-w-column flex-col gap-8 py-8">
          <h1 className="wordmark text-2xl">Settings</h1>
          <Choice
            name="Theme"
            value={useCell(theme.state)}
            options={THEME_WORDS}
            onChange={(value) => theme.change(value)}
          />
          <Choice
            name="While a reply is written"
            value={enter}
            options={ENTER_WORDS}
            onChange={(value) => preferences.change({ enter: value })}
          />
          <section aria-labelledby="new-conversations" className="max-w-lg">
            <h2 id="new-conversations" className="wordmark mb-4 text-xl">
              New conversations
            </h2>
            <SettingsForm settings={settings} onSave={save} />
          </section>
        </div>
      </div>
    </>
  );
}
