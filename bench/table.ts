import type { At, Bound, Line } from './measure.ts';
import { quantile } from './statistics.ts';

const SHARE: Record<At, number> = { p50: 0.5, p95: 0.95, p99: 0.99, min: 0, max: 1 };

export const figure = ({ samples }: Pick<Line, 'samples'>, at: At): number => quantile(samples, SHARE[at]);

/** Null where nothing was measured, or nothing is asked for. */
export function isMet(line: Line): boolean | null {
  if (line.budget.length === 0 || line.samples.length === 0) return null;
  return line.budget.every((bound) => {
    const found = figure(line, bound.at);
    return 'most' in bound ? found <= bound.most : found >= bound.least;
  });
}

/** Each row beside its budget, as Markdown. */
export function markdown(lines: readonly Line[], about: readonly string[]): string {
  const rows = lines.map((line) => {
    const { what, unit, budget, samples, direct = [], note = '' } = line;
    const p99 = budget.some(({ at }) => at === 'p99') ? ` · p99 ${shown(figure(line, 'p99'))}` : '';
    const measured = `${shown(figure(line, 'p50'))} · ${shown(figure(line, 'p95'))}${p99} · ${shown(figure(line, 'max'))}`;
    const yardstick = direct.length > 0 ? `${shown(quantile(direct, 0.5))} · ${shown(quantile(direct, 0.95))}` : '';
    const verdict = { true: 'met', false: '**missed**', null: '' }[`${isMet(line)}`];
    const cells = [what, budget.map(words).join(', '), verdict, `${measured} ${unit}`, samples.length, yardstick, note];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    ...about.flatMap((line) => [line, '']),
    '| what | budget | | p50 · p95 · max | samples | direct p50 · p95 | |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const words = (bound: Bound) => `${bound.at} ${'most' in bound ? `≤ ${bound.most}` : `≥ ${bound.least}`}`;

const shown = (value: number) =>
  Number.isNaN(value) ? '–' : value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 1 });
