import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';

type Props = {
  name: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
};

/** One of many. */
export function Select({ name, value, options, onChange }: Props) {
  return (
    <Base.Root items={options} value={value} onValueChange={(next) => next !== null && onChange(next)}>
      <Base.Label className="text-sm font-medium">{name}</Base.Label>
      <Base.Trigger className="flex min-h-10 w-full items-center justify-between gap-3 rounded-lg border border-edge bg-paper px-3 text-left text-sm">
        <Base.Value className="truncate" />
        <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-soft" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-40 outline-none">
          <Base.Popup className="popup max-h-(--available-height) w-(--anchor-width) overflow-y-auto rounded-xl border border-line bg-paper p-1 text-sm shadow-lg outline-none">
            <Base.List>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  className="flex cursor-pointer items-center justify-between gap-2 rounded-lg px-3 py-2 outline-none data-[highlighted]:bg-hover"
                >
                  <Base.ItemText className="wrap-anywhere">{option.label}</Base.ItemText>
                  <Base.ItemIndicator>
                    <Check aria-hidden className="size-4" />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
