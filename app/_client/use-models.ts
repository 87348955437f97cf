import { useEffect, useState } from 'react';
import type { Models } from './api.ts';
import { useViewer } from './viewer-context.ts';

type Known = { models: Models | null; trouble: string | null };

/** What the endpoint offers, asked for where there is something to choose: null until it has said so, or why it cannot. */
export function useModels(): Known {
  const { api } = useViewer();
  const [known, setKnown] = useState<Known>({ models: null, trouble: null });
  useEffect(() => {
    let isOver = false;
    void api.models().then((answer) => {
      if (isOver) return;
      setKnown(answer.ok ? { models: answer.value, trouble: null } : { models: null, trouble: answer.message });
    });
    return () => {
      isOver = true;
    };
  }, [api]);
  return known;
}
