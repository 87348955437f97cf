import { Menu as Base } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import { Ellipsis } from 'lucide-react';
import { buttonClass } from './button.tsx';

export type MenuItem = { name: string; icon: LucideIcon; onChoose: () => void };

/** What is done more rarely, behind one button. */
export function Menu({ name, items }: { name: string; items: readonly MenuItem[] }) {
  return (
    <Base.Root>
      <Base.Trigger aria-label={name} title={name} className={buttonClass({ look: 'quiet', size: 'icon' })}>
        <Ellipsis aria-hidden className="size-4" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-40 outline-none">
          <Base.Popup className="popup min-w-44 rounded-xl border border-line bg-paper p-1 text-sm shadow-lg outline-none">
            {items.map(({ name, icon: Icon, onChoose }) => (
              <Base.Item
                key={name}
                onClick={onChoose}
                className="flex cursor-pointer items-center gap-2.5 rounded-lg px-3 py-2 outline-none data-[highlighted]:bg-hover"
              >
                <Icon aria-hidden className="size-4 text-soft" />
                {name}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
