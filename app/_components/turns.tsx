import type { View } from '#lib/protocol/reduce.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import type { Health } from '#lib/protocol/message.ts';
import type { Entry } from '#app/_client/line.ts';
import { isOpen } from '#app/_client/mode.ts';
import { wordsForWaiting } from '#app/_client/waiting.ts';
import { SendingTurn } from './sending-turn.tsx';
import { TurnView } from './turn.tsx';

export type TurnCommands = {
  stop: (turnId: string) => void;
  retry: (turn: Turn) => void;
  tryAgain: (id: string) => void;
  discard: (id: string) => void;
};

type Props = {
  entries: readonly Entry[];
  view: View;
  health: Health | null;
  stopping: ReadonlySet<string>;
  commands: TurnCommands;
};

export function Turns({ entries, view, health, stopping, commands }: Props) {
  const first = entries.find(isOpen);
  return entries.map((entry) => {
    const { id } = entry;
    if ('sending' in entry) {
      return (
        <SendingTurn
          key={id}
          sending={entry.sending}
          isStopping={stopping.has(id)}
          onTryAgain={commands.tryAgain}
          onDiscard={commands.discard}
        />
      );
    }
    return (
      <TurnView
        key={id}
        turn={entry.turn}
        live={view.live?.turnId === id ? view.live.reply : null}
        waiting={
          isOpen(entry) ? wordsForWaiting(entry.turn, entry === first, view.conversation?.paused === true, health) : ''
        }
        isStopping={stopping.has(id)}
        onStop={commands.stop}
        onRetry={commands.retry}
      />
    );
  });
}
