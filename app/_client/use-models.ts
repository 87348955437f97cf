import { useEffect, useState } from 'react';
import type { Models } from './api.ts';
import { useViewer } from './viewer-context.ts';

/** What the endpoint offers, asked for where there is something to choose; null until it has said so. */
export function useModels(): Models | null {
  const { api } = useViewer();
  const [models, setModels] = useState<Models | null>(null);
  useEffect(() => {
    let isOver = false;
    void api.models().then((answer) => {
      if (answer.ok && !isOver) setModels(answer.value);
    });
    return () => {
      isOver = true;
    };
  }, [api]);
  return models;
}
