import type { TemporalHealth } from '#lib/protocol/message.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { secondsBetween, timeOf } from '#app/_client/moments.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Dialog } from './dialog.tsx';

type Props = { turn: Turn | null; onClose: () => void };

/** What is known of a turn beside its words. */
export function TurnDetails({ turn, onClose }: Props) {
  return (
    <Dialog title="Details" isOpen={turn !== null} onClose={onClose}>
      {turn && <Known turn={turn} />}
    </Dialog>
  );
}

function Known({ turn }: { turn: Turn }) {
  const { health } = useCell(useViewer().health.state);
  const temporal = health && temporalAddress(health.temporal, turn.conversationId);
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-5 gap-y-2 text-sm">
        {rowsOf(turn).map(({ name, value }) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      {temporal && (
        <p className="mt-4 text-sm">
          <a href={temporal} target="_blank" rel="noopener noreferrer" className="link">
            This conversation’s workflow in Temporal
          </a>
        </p>
      )}
    </>
  );
}

const count = (number: number) => new Intl.NumberFormat().format(number);

function rowsOf(turn: Turn): { name: string; value: string }[] {
  const { usage, createdAt, startedAt, endedAt, firstTokenAt, firstTextAt } = turn;
  const written = secondsBetween(firstTokenAt, endedAt);
  const rows: [string, string | null][] = [
    ['Model', turn.model],
    ['Sent', timeOf(createdAt)],
    ['Begun', startedAt && timeOf(startedAt)],
    ['Ended', endedAt && timeOf(endedAt)],
    ['Time to first token', seconds(secondsBetween(startedAt, firstTokenAt))],
    [
      'Reasoning',
      turn.parts.some(({ type }) => type === 'reasoning') ? seconds(secondsBetween(firstTokenAt, firstTextAt)) : null,
    ],
    ['Tokens read', usage?.inputTokens == null ? null : count(usage.inputTokens)],
    ['Tokens written', usage?.outputTokens == null ? null : count(usage.outputTokens)],
    ['Rate', rateOf(usage?.outputTokens ?? null, written)],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

const seconds = (number: number | null) => (number === null ? null : `${number} s`);

const rateOf = (tokens: number | null, written: number | null): string | null =>
  tokens === null || written === null || written === 0
    ? null
    : `${count(Math.round(tokens / written))} tokens a second`;

function temporalAddress({ url, namespace }: TemporalHealth, conversationId: string): string | null {
  if (url === undefined || namespace === undefined) return null;
  return `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${conversationId}`;
}
