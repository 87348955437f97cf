import type { z } from 'zod';
import { refusal, type Answer, type RefusalCode } from './answer.ts';

type Issue = z.core.$ZodIssue;

const CODES: Record<string, RefusalCode> = { params: 'invalid_id', query: 'invalid_query', body: 'invalid_body' };

/** Says what the schemas leave to zod, as what follows a field's name. */
export function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  return undefined;
}

/** The first thing that is wrong, by the name of its field; a schema may ask for 413 (`command.ts`). */
export function refusedInput(issues: Issue[]): Answer {
  const tooLong = issues.find((issue) => issue.code === 'custom' && issue.params?.status === 413);
  const issue = tooLong ?? issues[0];
  const [part = 'body', ...field] = (issue?.path ?? []).map(String);
  const code = tooLong ? 'prompt_too_long' : (CODES[part] ?? 'invalid_body');
  return refusal(code, `${field.join('.') || `The ${part}`} ${issue?.message ?? 'is wrong'}.`);
}
