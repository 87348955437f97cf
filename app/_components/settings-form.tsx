import { NumberField } from '@base-ui/react/number-field';
import { Minus, Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Settings } from '#lib/protocol/turn.ts';
import type { Models } from '#app/_client/api.ts';
import { useModels } from '#app/_client/use-models.ts';
import { Button, buttonClass } from './button.tsx';
import { Select } from './select.tsx';

type Props = {
  settings: Settings;
  /** Null, or why they were not kept, in words. */
  onSave: (settings: Settings) => Promise<string | null>;
};

/** Stands for the choice that is none: what the endpoint answers with. */
const DEFAULT = '';

type Fields = { model: string; instructions: string; temperature: number | null };

const fieldsOf = ({ model = DEFAULT, instructions = '', temperature }: Settings): Fields => ({
  model,
  instructions,
  temperature: temperature ?? null,
});

/** Model, instructions and temperature: of one conversation, or of those to come. */
export function SettingsForm({ settings, onSave }: Props) {
  // Over what is kept, which may come later or change in another tab, stands what was changed here.
  const [edited, setEdited] = useState<Partial<Fields>>({});
  const { model, instructions, temperature } = { ...fieldsOf(settings), ...edited };
  const edit = (by: Partial<Fields>) => setEdited((before) => ({ ...before, ...by }));
  const [said, setSaid] = useState('');
  const { models, trouble } = useModels();
  const id = useId();

  async function save(): Promise<void> {
    const trouble = await onSave({
      ...(model !== DEFAULT && { model }),
      ...(instructions.trim() !== '' && { instructions }),
      ...(temperature !== null && { temperature }),
    });
    if (trouble === null) setEdited({});
    setSaid(trouble === null ? 'Saved' : `Not saved: ${trouble}`);
  }

  return (
    <form
      className="flex flex-col gap-5"
      onChange={() => setSaid('')}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="flex flex-col gap-1.5">
        <Select name="Model" value={model} options={optionsOf(models, model)} onChange={(model) => edit({ model })} />
        <output aria-label="Models" className="text-xs text-soft empty:hidden">
          {trouble !== null && `Not listed: ${trouble}`}
        </output>
      </div>
      <div className="flex flex-col gap-1.5">
        <label htmlFor={`${id}-instructions`} className="text-sm font-medium">
          Instructions
        </label>
        <textarea
          id={`${id}-instructions`}
          aria-describedby={`${id}-about`}
          value={instructions}
          maxLength={LIMITS.instructionsLength}
          onChange={(event) => edit({ instructions: event.target.value })}
          rows={4}
          dir="auto"
          className="rounded-lg border border-edge bg-paper px-3 py-2 text-sm focus-visible:border-accent"
        />
        <p id={`${id}-about`} className="text-xs text-soft">
          What the model is told before everything else: who it is, how it should answer.
        </p>
      </div>
      <NumberField.Root
        value={temperature}
        onValueChange={(temperature) => edit({ temperature })}
        min={0}
        max={LIMITS.temperatureMax}
        step={0.1}
        className="flex flex-col gap-1.5"
        id={`${id}-temperature`}
      >
        <label htmlFor={`${id}-temperature`} className="text-sm font-medium">
          Temperature
        </label>
        <NumberField.Group className="flex w-fit items-center rounded-lg border border-edge bg-paper focus-within:border-accent">
          <NumberField.Decrement aria-label="Lower" className={buttonClass({ look: 'quiet', size: 'icon' })}>
            <Minus aria-hidden className="size-4" />
          </NumberField.Decrement>
          <NumberField.Input
            placeholder="the model’s"
            className="w-28 bg-transparent text-center text-sm outline-none placeholder:text-soft"
          />
          <NumberField.Increment aria-label="Higher" className={buttonClass({ look: 'quiet', size: 'icon' })}>
            <Plus aria-hidden className="size-4" />
          </NumberField.Increment>
        </NumberField.Group>
      </NumberField.Root>
      <div className="flex items-center gap-3">
        <Button look="primary" type="submit">
          Save
        </Button>
        <output aria-label="Saved" className="text-sm text-soft">
          {said}
        </output>
      </div>
    </form>
  );
}

function optionsOf(known: Models | null, chosen: string): { value: string; label: string }[] {
  const ids = known?.models.map(({ id }) => id) ?? [];
  // One that the endpoint lists no more, or not yet, is still what was chosen.
  const all = chosen === DEFAULT || ids.includes(chosen) ? ids : [chosen, ...ids];
  return [
    { value: DEFAULT, label: known?.default ? `Default: ${known.default}` : 'Default' },
    ...all.map((id) => ({ value: id, label: id })),
  ];
}
