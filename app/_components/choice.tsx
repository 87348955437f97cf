import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { useId, type ReactNode } from 'react';

type Option<T extends string> = { value: T; words: ReactNode };
type Props<T extends string> = {
  name: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
};

/** One of a few, all of them in sight. */
export function Choice<T extends string>({ name, value, options, onChange }: Props<T>) {
  const id = useId();
  return (
    <RadioGroup aria-labelledby={id} value={value} onValueChange={onChange} className="flex flex-col gap-1">
      <h2 id={id} className="mb-1 text-sm font-medium">
        {name}
      </h2>
      {options.map((option) => (
        <label key={option.value} className="flex w-fit items-center gap-2.5 py-1 text-sm">
          <Radio.Root
            value={option.value}
            className="flex size-5 shrink-0 items-center justify-center rounded-full border border-edge bg-paper data-[checked]:border-accent data-[checked]:bg-accent"
          >
            <Radio.Indicator className="size-2 rounded-full bg-accent-ink" />
          </Radio.Root>
          {option.words}
        </label>
      ))}
    </RadioGroup>
  );
}
