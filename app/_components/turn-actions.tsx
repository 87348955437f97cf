import { ArrowRight, Info, Link, RotateCw } from 'lucide-react';
import { memo } from 'react';
import { isOutcome, type Turn } from '#lib/protocol/turn.ts';
import { addressOfTurn } from '#app/_client/address.ts';
import { useCopying } from '#app/_client/use-copying.ts';
import { Branches } from './branches.tsx';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { IconButton } from './icon-button.tsx';
import { Menu } from './menu.tsx';
import type { TurnCommands } from './turns.tsx';

type Props = { turn: Turn; siblings: readonly string[]; hasText: boolean; commands: TurnCommands };

/** What can be done with a turn. Text that grows draws none of it anew: it is asked for at the click. */
export const TurnActions = memo(function TurnActions({ turn, siblings, hasText, commands }: Props) {
  const hasEnded = isOutcome(turn.status);
  const [linkCopying, copy] = useCopying();
  return (
    <div className="-ml-2 flex flex-wrap items-center">
      <Branches turnId={turn.id} siblings={siblings} onSwitch={commands.switchTo} />
      {hasText && <CopyButton what="reply" text={() => commands.textOf(turn.id)} />}
      {hasEnded && turn.status !== 'failed' && (
        <IconButton name="Regenerate" icon={RotateCw} onClick={() => commands.ask(turn, turn.prompt)} />
      )}
      {hasEnded && hasText && turn.status !== 'completed' && (
        <Button look="quiet" size="small" onClick={() => commands.goOn(turn)}>
          <ArrowRight aria-hidden className="size-4" />
          Continue
        </Button>
      )}
      <Menu
        name="More"
        items={[
          { name: 'Copy link', icon: Link, onChoose: () => void copy(linkTo(turn)) },
          { name: 'Details', icon: Info, onChoose: () => commands.showDetails(turn.id) },
        ]}
      />
      {/* The menu that it was chosen from is closed by then. */}
      <output aria-label="Link" className="px-1 text-xs text-soft empty:hidden">
        {LINK_WORDS[linkCopying]}
      </output>
    </div>
  );
});

const LINK_WORDS = { idle: '', copied: 'Link copied', failed: 'Could not copy the link' };

const linkTo = ({ conversationId, id }: Turn) => new URL(addressOfTurn(conversationId, id), window.location.href).href;
