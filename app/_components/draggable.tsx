import { Accessibility, PointerActivationConstraints, StyleInjector } from '@dnd-kit/dom';
import { DragDropProvider, PointerSensor, type DragEndEvent } from '@dnd-kit/react';
import { isSortable, useSortable } from '@dnd-kit/react/sortable';
import { GripVertical } from 'lucide-react';
import { useState, type ReactNode } from 'react';

/** A press that moves less than this is no drag (px). */
const DRAG_FROM = 4;

// Of the pointer alone: by keyboard, and for a screen reader, there are buttons, which say what came of it.
const SENSORS = [
  PointerSensor.configure({ activationConstraints: [new PointerActivationConstraints.Distance({ value: DRAG_FROM })] }),
];

type OrderProps = { onMove: (from: number, to: number) => void; children: ReactNode };

/** Around things that can be dragged into another order, by a mouse or a finger; drawn in the browser alone. */
export function DraggableOrder({ onMove, children }: OrderProps) {
  // What the library styles, it styles under the page's own nonce [SEC3].
  const [nonce] = useState(() => document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '');

  function onDragEnd({ canceled, operation: { source } }: DragEndEvent): void {
    if (canceled || !isSortable(source) || source.index === source.initialIndex) return;
    onMove(source.initialIndex, source.index);
  }

  return (
    <DragDropProvider
      sensors={SENSORS}
      plugins={(usual) => [...usual.filter((plugin) => plugin !== Accessibility), StyleInjector.configure({ nonce })]}
      onDragEnd={onDragEnd}
    >
      {children}
    </DragDropProvider>
  );
}

/** Refs for one of them and its handle. */
export const useDraggable = (id: string, index: number, isFixed: boolean) =>
  useSortable({ id, index, disabled: isFixed, transition: { duration: 150 } });

/** Where it is taken. A finger on it drags, and does not scroll. */
export function Grip({ handleRef }: { handleRef: (element: Element | null) => void }) {
  return (
    <span
      ref={handleRef}
      aria-hidden
      title="Drag to another place"
      className="-ml-1.5 flex min-h-8 cursor-grab touch-none items-center text-soft active:cursor-grabbing"
    >
      <GripVertical className="size-4" />
    </span>
  );
}
