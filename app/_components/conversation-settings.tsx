import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import type { Settings } from '#lib/protocol/turn.ts';
import { Dialog } from './dialog.tsx';
import { IconButton } from './icon-button.tsx';
import { SettingsForm } from './settings-form.tsx';

type Props = { settings: Settings; onSave: (settings: Settings) => Promise<string | null> };

/** This conversation's own model, instructions and temperature. */
export function ConversationSettings({ settings, onSave }: Props) {
  const [isOpen, setIsOpen] = useState(false);

  async function save(next: Settings): Promise<string | null> {
    const trouble = await onSave(next);
    if (trouble === null) setIsOpen(false);
    return trouble;
  }

  return (
    <>
      <IconButton
        name="Settings of this conversation"
        icon={SlidersHorizontal}
        className="ml-auto"
        onClick={() => setIsOpen(true)}
      />
      <Dialog title="This conversation" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <SettingsForm settings={settings} onSave={save} />
      </Dialog>
    </>
  );
}
