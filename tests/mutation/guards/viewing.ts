import { guardsOf, type Guard } from '../guard.ts';

const REDUCE = 'tests/protocol/reduce.test.ts';
const STORE = 'tests/store/sqlite.test.ts';

const proofOfText: Guard = {
  rules: ['VIEW8'],
  name: 'viewer: the proof’s checksum, and its length',
  by: REDUCE,
  edits: [
    { file: 'lib/protocol/reduce.ts', from: ' && row.proof.checksum === proof.checksum', to: '' },
    { file: 'lib/protocol/reduce.ts', from: ' && row.proof.length === proof.length', to: '' },
  ],
};

/** What a viewer knows, and what it is told. */
export const viewingGuards = [
  proofOfText,
  ...guardsOf('lib/protocol/reduce.ts', REDUCE, [
    {
      rules: ['VIEW6'],
      name: 'viewer: one subscribe is in flight, a gap seen meanwhile is remembered',
      from: 'if (view.asking !== null) return { view: { ...view, askAgain: true } };',
      to: '',
    },
    {
      rules: ['VIEW6'],
      name: 'viewer: asks again after the answer',
      from: 'return next.askAgain ? ask(next) : { view: next };',
      to: 'return { view: next };',
    },
    {
      rules: ['VIEW6'],
      name: 'viewer: nothing is asked while the connection is away',
      from: 'if (!view.connected) return { view };',
      to: '',
    },
    {
      rules: ['VIEW6'],
      name: 'viewer: answers of an older subscribe are ignored',
      from: 'if (n !== view.asking) return { view };',
      to: '',
    },
    {
      rules: ['VIEW6'],
      name: 'viewer: an older subscribe that stays without an answer is not asked again',
      from: 'return message.n === view.asking ? ask({ ...view, asking: null }) : { view };',
      to: 'return ask({ ...view, asking: null });',
    },
    {
      rules: ['VIEW5'],
      name: 'viewer: its seq never goes back',
      from: ' || reply.seq < known.seq) return view;',
      to: ') return view;',
    },
    {
      rules: ['VIEW5'],
      name: 'viewer: its rev never goes back',
      from: 'if (answer.conversation.rev >= next.rev) {',
      to: '{',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: rows that are known change nothing',
      from: 'if (to <= view.rev) return { view };',
      to: '',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: rows that leave some out are a gap',
      from: 'if (from > view.rev) return ask(view);',
      to: '',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: rev moves on only when each ended row has its whole text',
      from: 'else whole = false;',
      to: '',
    },
    {
      rules: ['VIEW8'],
      name: 'viewer: the proof’s seq',
      from: 'row.proof?.seq === proof.seq && row.proof.length',
      to: 'row.proof?.length',
    },
    {
      rules: ['ROW3'],
      name: 'viewer: a turn that has ended keeps its words, whatever row comes',
      from: 'if (known && (isOutcome(known.status) || known.rev >= row.rev)) continue;',
      to: '',
      by: 'tests/protocol/reduce-http.test.ts',
    },
    {
      rules: ['VIEW4'],
      name: 'viewer: events of an unknown turn are a gap',
      from: 'if (!turn) return ask(view);',
      to: 'if (!turn) return { view };',
    },
    {
      rules: ['ROW3'],
      name: 'viewer: events of an ended turn are ignored',
      from: 'if (isOutcome(turn.status)) return { view };',
      to: '',
    },
    {
      rules: ['VIEW4'],
      name: 'viewer: events of another turn than the live one are a gap',
      from: 'if (view.live && view.live.turnId !== turn.id) return ask(view);',
      to: '',
    },
    {
      rules: ['VIEW4'],
      name: 'viewer: a gap asks',
      from: "if (reply === 'gap') return ask(view);",
      to: "if (reply === 'gap') return { view };",
    },
    {
      rules: ['VIEW7'],
      name: 'viewer: a tip with a newer rev asks',
      from: 'const behind = rev > view.rev || ',
      to: 'const behind = ',
    },
    {
      rules: ['VIEW7'],
      name: 'viewer: a tip with a higher seq asks',
      from: 'rev > view.rev || (live !== null && !ended && live.seq > known)',
      to: 'rev > view.rev',
    },
    {
      rules: ['VIEW5', 'ROW3'],
      name: 'viewer: what is known to be newer, or has ended, stays',
      from: `  if (known && (isOutcome(known.status) ? turn.rev <= known.rev || !isOutcome(turn.status) : turn.rev < known.rev))
    return view;
`,
      to: '',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: after a first answer no other turn is kept as it was',
      from: 'if (isPage && view.rev === 0) next = { ...next, turns: newerThan(answer, view.turns) };',
      to: '',
      by: 'tests/protocol/reduce-http.test.ts',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: a page that comes late is asked for again',
      from: 'if (isPage && view.rev > 0) return ask(next);',
      to: '',
      by: 'tests/protocol/reduce-http.test.ts',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: only the first page moves rev',
      from: 'rev: first ? page.conversation.rev : view.rev,',
      to: 'rev: page.conversation.rev,',
      by: 'tests/protocol/reduce-http.test.ts',
    },
    {
      rules: ['VIEW3'],
      name: 'viewer: what a first page leaves out is known no more',
      from: 'const known = first ? { ...view, turns: newerThan(page, view.turns) } : view;',
      to: 'const known = view;',
      by: 'tests/protocol/reduce-http.test.ts',
    },
  ]),
  ...guardsOf('lib/protocol/reply.ts', 'tests/protocol/reply.test.ts', [
    {
      rules: ['VIEW4'],
      name: 'reply: what lies below is known',
      from: "if (range.to <= reply.seq) return 'known';",
      to: '',
    },
    {
      rules: ['VIEW4'],
      name: 'reply: what does not continue it is a gap',
      from: "if (range.from !== reply.seq + 1) return 'gap';",
      to: '',
    },
    {
      rules: ['LOG6'],
      name: 'reply: a reset drops its step’s text',
      from: 'return [...kept, []];',
      to: 'return [...kept, parts];',
    },
    {
      rules: ['LOG7'],
      name: 'reply: closed, every part is done',
      from: "done || end === 'closed' ?",
      to: 'done ?',
    },
    {
      rules: ['VIEW8'],
      name: 'reply: the checksum is of every unit',
      from: 'i < text.length; i++',
      to: 'i < text.length - 1; i++',
    },
  ]),
  ...guardsOf('lib/protocol/event.ts', 'tests/protocol/events.test.ts', [
    { rules: ['LOG5'], name: 'join: of one step', from: 'last.step === event.step &&', to: '' },
    { rules: ['LOG5'], name: 'join: of one kind', from: 'last.chunk.type === event.chunk.type &&', to: '' },
    { rules: ['LOG5'], name: 'join: of one part', from: 'last.chunk.id === event.chunk.id', to: 'true' },
  ]),
  ...guardsOf('lib/store/snapshots.ts', STORE, [
    {
      rules: ['VIEW2'],
      name: 'snapshot: one that knows nothing gets the last page',
      from: 'const turns = page?.turns ?? (await turnsSince(tx, id, sinceRev));',
      to: 'const turns = await turnsSince(tx, id, sinceRev);',
      only: 'VIEW2',
    },
    {
      rules: ['VIEW2', 'VIEW4'],
      name: 'snapshot: names the running turn unless the viewer did',
      from: 'isKnown ? turns : [...turns, turnRow(running)]',
      to: 'turns',
      only: 'VIEW2|VIEW4',
    },
    {
      rules: ['VIEW5'],
      name: 'snapshot: a viewer that claims more than the log has gets the whole reply',
      from: ' && known.seq <= running.seq)',
      to: ')',
      only: 'VIEW5',
    },
    {
      rules: ['VIEW4'],
      name: 'snapshot: a range without its beginning is none',
      from: ' || events[0]?.seq !== seq + 1) return null;',
      to: ') return null;',
      only: 'VIEW4|GW1',
    },
    {
      rules: ['VIEW3'],
      name: 'snapshot: ended turns come with their words',
      from: '(isOutcome(record.status) ? turnOf(record) : turnRow(record))',
      to: 'turnRow(record)',
      only: 'VIEW2|VIEW3',
    },
    {
      rules: ['GW3'],
      name: 'list: what is deleted is told to those who knew it, and to nobody else',
      from: ".$if(sinceRev === 0, (query) => query.where('deleted_at', 'is', null))",
      to: ".where('deleted_at', 'is', null)",
      only: 'GW3|DEL1',
    },
  ]),
  ...guardsOf('lib/store/database.ts', STORE, [
    {
      rules: ['VIEW2'],
      name: 'snapshot: one moment for all that it reads',
      from: 'read: (body) => snapshots.transaction().execute(body),',
      to: 'read: (body) => body(snapshots as unknown as Tx),',
      only: 'one moment',
    },
  ]),
  ...guardsOf('worker/gateway/watching.ts', 'tests/gateway/pump.test.ts', [
    {
      rules: ['VIEW2'],
      name: 'gateway: joins before it reads',
      from: `const channel = join(channels, conversationId, viewer);
      const answer = await snapshots.conversation(conversationId, sinceRev, live);`,
      to: `const answer = await snapshots.conversation(conversationId, sinceRev, live);
      const channel = join(channels, conversationId, viewer);`,
    },
    {
      rules: ['GW3'],
      name: 'gateway: a viewer of the list is told what changes',
      from: 'channels.list.rev ??= answer.rev;',
      to: '',
      by: 'tests/gateway/gateway.test.ts',
    },
    {
      rules: ['GW4'],
      name: 'slow viewer: gets the tip once drained',
      from: 'if (channel) sendTip([viewer], channel);',
      to: '',
      by: 'tests/gateway/slow-viewer.test.ts',
      only: 'GW4',
    },
  ]),
  ...guardsOf('worker/gateway/gateway.ts', 'tests/gateway/gateway.test.ts', [
    {
      rules: ['VIEW9'],
      name: 'gateway: a page may ask whether it is there',
      from: 'response.writeHead(204).end();',
      to: 'response.writeHead(404).end();',
    },
    {
      rules: ['VIEW1'],
      name: 'gateway: refuses what is no subscribe',
      from: "return answer(refusal('bad_subscribe', 'This is no subscribe message.'));",
      to: 'return;',
      by: 'tests/gateway/gateway.test.ts',
    },
    {
      rules: ['VIEW1'],
      name: 'gateway: a subscribe that awaits no answer does nothing',
      from: "if (typeof answer !== 'function') return; // nobody to tell",
      to: '',
      by: 'tests/gateway/gateway.test.ts',
    },
    {
      rules: ['SEC2'],
      name: 'gateway: admits by Origin and Host',
      from: 'decide(null, isAllowed(request))',
      to: 'decide(null, true)',
      by: 'tests/gateway/gateway.test.ts',
    },
    {
      rules: ['VIEW1'],
      name: 'gateway: a message of more than 4 KiB is not read',
      from: 'maxHttpBufferSize: MESSAGE_MAX_BYTES,',
      to: '',
      by: 'tests/gateway/gateway.test.ts',
    },
    {
      rules: ['GW4'],
      name: 'gateway: a viewer that does not read does not keep it from closing',
      from: 'for (const socket of sockets) socket.destroy();',
      to: '',
      by: 'tests/gateway/slow-viewer.test.ts',
      only: 'from closing',
    },
  ]),
  ...guardsOf('worker/gateway/viewer.ts', 'tests/gateway/slow-viewer.test.ts', [
    {
      rules: ['GW4'],
      name: 'slow viewer: nothing is queued beyond 64 KiB',
      from: 'if (!isLagging) socket.emit(event, ...message);',
      to: 'socket.emit(event, ...message);',
      only: 'GW4',
    },
  ]),
  ...guardsOf('worker/gateway/pump.ts', 'tests/gateway/pump.test.ts', [
    {
      rules: ['GW1'],
      name: 'pump: a turn’s last events before its row',
      from: 'if (sent.live && sent.live.turnId !== live?.turnId) await pumpEvents(channel, sent.live);',
      to: '',
    },
    {
      rules: ['GW2'],
      name: 'pump: a shortcut only where it continues what was sent',
      from: 'if (live?.turnId !== range.turnId || range.from !== live.seq + 1) return wake();',
      to: 'if (!live) return wake();',
    },
    {
      rules: ['GW1'],
      name: 'pump: what the shortcut has sent meanwhile is not sent twice',
      from: 'if (!range || range.from !== sentLive.seq + 1) return;',
      to: 'if (!range) return;',
    },
    {
      rules: ['GW1'],
      name: 'pump: other processes’ commits wake it',
      from: "feed.on('stirred', wake);",
      to: '',
      by: 'tests/gateway/gateway.test.ts',
      only: 'GW1',
    },
    {
      rules: ['GW1'],
      name: 'pump: it wakes by itself, whatever wake was lost',
      from: 'const wakeTimer = setInterval(wake, WAKE_MS);',
      to: 'const wakeTimer = setInterval(() => {}, WAKE_MS);',
    },
    {
      rules: ['VIEW7'],
      name: 'pump: the tip',
      from: 'for (const channel of channels.conversations.values()) sendTip(channel.viewers, channel);',
      to: '',
      by: 'tests/gateway/viewing.test.ts',
      only: 'VIEW7',
    },
  ]),
  ...guardsOf('worker/gateway/admission.ts', 'tests/gateway/gateway.test.ts', [
    { rules: ['SEC2'], name: 'admission: the Host is ours', from: 'return ownHost && (', to: 'return (', only: 'SEC2' },
    {
      rules: ['SEC2'],
      name: 'admission: the Origin is ours',
      from: 'return ownHost && (origin === undefined || origin === publicOrigin || isOwnPage(origin, env.PORT));',
      to: 'return ownHost;',
      only: 'SEC2',
    },
    {
      rules: ['SEC2'],
      name: 'admission: not a page at another port',
      from: ' && Number(url.port || 80) === port',
      to: '',
      only: 'SEC2',
    },
    {
      rules: ['SEC2'],
      name: 'admission: not a page of another protocol',
      from: "url.protocol === 'http:' && ",
      to: '',
      only: 'SEC2',
    },
    {
      rules: ['SEC2'],
      name: 'admission: what is no Origin is nobody’s page',
      from: 'if (!URL.canParse(origin)) return false; // "null", or no origin at all',
      to: 'if (!URL.canParse(origin)) return true;',
      only: 'SEC2',
    },
  ]),
  ...guardsOf('app/_client/conversation-store.ts', 'tests/page/conversation-store.test.ts', [
    {
      rules: ['VIEW6'],
      name: 'page: what was asked before it left is not acted on',
      from: 'if (answer === null || run !== asking) return;',
      to: 'if (answer === null) return;',
    },
    {
      rules: ['VIEW4'],
      name: 'page: messages of another conversation are not for this one',
      from: 'if (message.conversationId === id) then(message);',
      to: 'then(message);',
    },
  ]),
  ...guardsOf('app/_client/gateway.ts', 'tests/page/gateway.test.ts', [
    {
      rules: ['VIEW9'],
      name: 'page: no WebSocket is tried while the gateway is away',
      from: '} while (!(await isThere(url)));',
      to: '} while (false);',
    },
  ]),
  ...guardsOf('app/_client/pace.ts', 'tests/page/pace.test.ts', [
    {
      rules: ['PAGE9'],
      name: 'page: sleep is not taken for a drawing',
      from: 'setTimeout(wake, Math.min(took, LONGEST_REST_MS));',
      to: 'setTimeout(wake, took);',
    },
  ]),
  ...guardsOf('app/_client/list-store.ts', 'tests/page/list-store.test.ts', [
    { rules: ['GW3'], name: 'page, list: what is known changes nothing', from: 'if (to <= rev) return;', to: '' },
    { rules: ['GW3'], name: 'page, list: a gap asks', from: 'if (from > rev) return void ask();', to: '' },
    {
      rules: ['GW3'],
      name: 'page, list: a slow HTTP answer undoes nothing',
      from: 'if (!answer.ok || isFollowed) return;',
      to: 'if (!answer.ok) return;',
    },
    {
      rules: ['GW3'],
      name: 'page, list: a gap seen meanwhile is asked for after the answer',
      from: 'if (run !== null && (isAskedAgain || !isAnswered)) await ask();',
      to: 'if (run !== null && !isAnswered) await ask();',
    },
    {
      rules: ['GW3'],
      name: 'page, list: an answer that changes have overtaken is ignored',
      from: 'if (answer.rev < rev) return; // changes have overtaken it',
      to: '',
    },
  ]),
];
