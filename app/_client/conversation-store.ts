import type { ServerToClient } from '#lib/protocol/message.ts';
import { lacksLine } from '#lib/protocol/branches.ts';
import { emptyView, reduce, type Reduced, type View, type ViewMessage } from '#lib/protocol/reduce.ts';
import { lineOf, type Turn } from '#lib/protocol/turn.ts';
import { isPassing, type Api } from './api.ts';
import { createCell, type Watched } from './cell.ts';
import type { Gateway } from './gateway.ts';
import { createPacer, type NextFrame } from './pace.ts';
import type { Pause } from './pause.ts';
import { seek, type Sought } from './seeking.ts';

/**
 * How far the reading over HTTP is: `new` needs none; `missing` is what the server says of an id that it does not know,
 * which the first message's arrival may change.
 */
export type Reading = 'new' | 'reading' | 'unreachable' | 'missing' | 'read';

export type ConversationState = { view: View; reading: Reading; isReadingEarlier: boolean };

export type ConversationStore = ReturnType<typeof createConversationStore>;

type Needs = {
  id: string;
  isNew: boolean;
  api: Pick<Api, 'page' | 'findTurn'>;
  gateway: Omit<Gateway, 'start'>;
  nextFrame: NextFrame;
  pause: Pause;
};

/** One conversation as this page sees it. The reducer runs with each message; what is drawn follows once a frame. */
export function createConversationStore({ id, isNew, api, gateway, nextFrame, pause }: Needs) {
  let state: ConversationState = {
    view: emptyView(id),
    reading: isNew ? 'new' : 'reading',
    isReadingEarlier: false,
  };
  /** Ends with its drawing: what was asked before a stop is not acted on after it. */
  let run: object | null = null;
  let isReadingLine = false;
  const drawn = createCell(state);
  const pacer = createPacer(() => drawn.set(state), nextFrame);

  function change(by: Partial<ConversationState>): void {
    state = { ...state, ...by };
    pacer.request();
  }

  function dispatch(message: ViewMessage): void {
    const { view, ask: wanted } = reduce(state.view, message);
    if (view !== state.view) change({ view });
    if (wanted) void ask(wanted);
    if (lacksLine(view)) void readLine();
  }

  /** Another branch was chosen, of which nothing is loaded [TREE2]. */
  async function readLine(): Promise<void> {
    const reading = run;
    if (isReadingLine || reading === null) return;
    isReadingLine = true;
    for (let tries = 0; run === reading && lacksLine(state.view); tries++) {
      const answer = await api.page(id);
      if (run !== reading) break;
      if (answer.ok) dispatch({ type: 'pageRead', page: answer.value });
      else if (!isPassing(answer)) break;
      if (lacksLine(state.view)) await pause(tries);
    }
    isReadingLine = false;
  }

  async function ask({ n, subscribe }: NonNullable<Reduced['ask']>): Promise<void> {
    const asking = run;
    const answer = await gateway.subscribe(subscribe);
    if (answer === null || run !== asking) return;
    if ('conversation' in answer) return dispatch({ type: 'answered', n, answer });
    await pause(0);
    if (run === asking) dispatch({ type: 'unanswered', n });
  }

  /** The socket may still bring messages of the conversation that was looked at before. */
  const mine =
    <M extends { conversationId: string }>(then: (message: M) => void) =>
    (message: M) => {
      if (message.conversationId === id) then(message);
    };

  function followLink(): void {
    const isConnected = gateway.link.get() === 'connected';
    if (isConnected !== state.view.connected) dispatch({ type: isConnected ? 'connected' : 'disconnected' });
  }

  /** Over HTTP first, which works with the gateway away; then the socket tells what is newer. */
  async function readFirst(onAnswer: () => void): Promise<void> {
    const reading = run;
    for (let tries = 0; run === reading; tries++) {
      const answer = await api.page(id);
      if (run !== reading) return;
      // Drawn together with the page: a conversation that is read and still empty is another thing.
      state = { ...state, reading: answer.ok ? 'read' : isPassing(answer) ? 'unreachable' : 'missing' };
      if (answer.ok) dispatch({ type: 'pageRead', page: answer.value });
      pacer.request();
      onAnswer();
      if (answer.ok || !isPassing(answer)) return;
      await pause(tries);
    }
  }

  function start(): () => void {
    run = {};
    const ends: (() => void)[] = [];
    const on = <E extends 'turnsChanged' | 'eventsAppended' | 'tipReached'>(event: E, listener: ServerToClient[E]) =>
      ends.push(gateway.on(event, listener));
    on(
      'turnsChanged',
      mine((message) => dispatch({ type: 'turnsChanged', message })),
    );
    on(
      'eventsAppended',
      mine((message) => dispatch({ type: 'eventsAppended', message })),
    );
    on(
      'tipReached',
      mine((message) => dispatch({ type: 'tipReached', message })),
    );
    let isFollowing = false;
    const follow = () => {
      if (isFollowing) return;
      isFollowing = true;
      ends.push(gateway.link.watch(followLink));
      followLink();
    };
    if (state.reading === 'new') follow();
    else void readFirst(follow);
    return () => {
      run = null;
      for (const end of ends) end();
      dispatch({ type: 'disconnected' });
    };
  }

  return {
    id,
    state: drawn as Watched<ConversationState>,
    start,
    /** Turns from the answer to a command: drawn at once, before their rows come by the socket. */
    async told(turns: Turn[]): Promise<void> {
      dispatch({ type: 'turnsTold', turns });
      pacer.now();
      await this.changed();
    },
    /** A command of this page changed something: the socket tells it, and where that is away the page is read. */
    async changed(): Promise<void> {
      if (gateway.link.get() === 'connected') return;
      const answer = await api.page(id);
      if (answer.ok) dispatch({ type: 'pageRead', page: answer.value });
    },
    /** Has a turn of the current line read, however far back it is, for as long as it is wanted. */
    async seek(turnId: string, isWanted: () => boolean): Promise<Sought> {
      const seeking = run;
      change({ isReadingEarlier: true });
      const sought = await seek(turnId, () => run === seeking && isWanted(), {
        id,
        api,
        pause,
        view: () => state.view,
        onPage: (page) => dispatch({ type: 'pageRead', page }),
      });
      pacer.now(); // as below
      change({ isReadingEarlier: false });
      return sought;
    },
    /** Null, or why they were not read, in words. */
    async readEarlier(): Promise<string | null> {
      const { turns, conversation } = state.view;
      const first = lineOf(turns, conversation?.head ?? null)[0];
      if (!first || state.isReadingEarlier) return null;
      change({ isReadingEarlier: true });
      const answer = await api.page(id, first.id);
      if (answer.ok) dispatch({ type: 'pageRead', page: answer.value });
      // They are drawn while it is still said that they are being read: so they are known to come before the others.
      pacer.now();
      change({ isReadingEarlier: false });
      return answer.ok ? null : answer.message;
    },
  };
}
