import type { ModelHealth } from '#lib/protocol/message.ts';

/** Who answers. Of the embedded model it says what to expect, and how to get a better one. */
export function ModelNote({ model }: { model: ModelHealth | null }) {
  if (!model?.name || model.state === 'unavailable') return null;
  if (model.source !== 'embedded') return <p className="wrap-anywhere">Model: {model.name}</p>;
  return (
    <details className="relative">
      <summary className="cursor-pointer rounded py-1 wrap-anywhere">
        Model: {model.name}, small and often wrong
      </summary>
      <div className="mt-1 mb-1 max-w-prose space-y-1">
        <EmbeddedModel />
      </div>
    </details>
  );
}

export function EmbeddedModel() {
  return (
    <>
      <p>This model is small, runs on this computer and is often wrong. Nothing you write leaves the machine.</p>
      <p>
        To connect a better one, set <code>OPENAI_API_KEY</code>; or <code>OPENAI_BASE_URL</code> and{' '}
        <code>OPENAI_MODEL</code> for any server that speaks OpenAI’s API; or run a local server such as Ollama. Then
        start Parley again.
      </p>
    </>
  );
}
