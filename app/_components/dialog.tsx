import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonClass } from './button.tsx';

type Props = { title: string; isOpen: boolean; onClose: () => void; children: ReactNode };

/** A panel over the page that has the focus until it is closed. */
export function Dialog({ title, isOpen, onClose, children }: Props) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="veil fixed inset-0 z-20" />
        <Base.Viewport className="fixed inset-0 z-30 flex items-start justify-center overflow-y-auto p-4 pt-[10vh]">
          <Base.Popup className="popup w-full max-w-lg rounded-2xl border border-line bg-paper p-5 shadow-lg outline-none">
            <div className="mb-4 flex items-center justify-between gap-3">
              <Base.Title className="wordmark text-xl">{title}</Base.Title>
              <Base.Close aria-label="Close" className={buttonClass({ look: 'quiet', size: 'icon' })}>
                <X aria-hidden className="size-4" />
              </Base.Close>
            </div>
            {children}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
