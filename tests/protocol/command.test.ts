import { describe, expect, test } from 'vitest';
import { ChangeConversation, SendTurn, Subscribe, TurnsPage } from '#lib/protocol/command.ts';

const id = '0198a7c2-5b1e-7c3d-9f00-1234567890ab';
const send = (over: object = {}) => SendTurn.safeParse({ id, prompt: 'hello', ...over });

describe('SendTurn', () => {
  test('it waits its turn unless it says otherwise, at the end of the line', () => {
    expect(SendTurn.parse({ id, prompt: 'hello' })).toEqual({ id, prompt: 'hello', mode: 'queue' });
    expect(SendTurn.parse({ id, prompt: 'hello', parentId: null })).toHaveProperty('parentId', null);
    expect(SendTurn.parse({ id, prompt: 'hello', mode: 'interject', parentId: id })).toHaveProperty('parentId', id);
  });

  test('[SEND2] two spellings of an id are one id', () => {
    const turn = SendTurn.parse({ id: id.toUpperCase(), prompt: 'x', parentId: id.toUpperCase() });
    expect([turn.id, turn.parentId]).toEqual([id, id]);
  });

  test('an id is a UUID of any version', () => {
    for (const version of ['1', '4', '6', '7', '8']) {
      expect(send({ id: `0198a7c2-5b1e-${version}c3d-9f00-1234567890ab` }).success).toBe(true);
    }
    for (const bad of ['', 'abc', `${id}0`, ` ${id}`, `${id}\n`, id.replaceAll('-', ''), 7, null, undefined]) {
      expect(send({ id: bad }).success).toBe(false);
      if (bad !== null && bad !== undefined) expect(send({ parentId: bad }).success).toBe(false);
    }
  });

  test('[API2] text survives exactly', () => {
    for (const prompt of [' padded ', '👨‍👩‍👧‍👦', 'שָׁלוֹם', 'e\u0301', '\u00e9', 'a\r\nb\t', '\u0001\u2028\ufeff x']) {
      expect(SendTurn.parse({ id, prompt }).prompt).toBe(prompt);
    }
  });

  test('[API2] NUL and lone surrogates are refused', () => {
    for (const prompt of ['\0', 'a\0b', 'a\ud83d', '\ude00a', '\ude00\ud83d']) {
      expect(send({ prompt }).success).toBe(false);
    }
  });

  test('[API3] a prompt has something in it, and at most 32,000 UTF-16 units', () => {
    for (const prompt of ['', ' ', '\n\t \u00a0\u2003']) expect(send({ prompt }).success).toBe(false);
    expect(send({ prompt: 'x'.repeat(32_000) }).success).toBe(true);
    expect(send({ prompt: '😀'.repeat(16_000) }).success).toBe(true);
    for (const prompt of ['x'.repeat(32_001), '😀'.repeat(16_001)]) expect(send({ prompt }).success).toBe(false);
  });

  test('[API1] only a prompt that is too long is a 413', () => {
    const status = (prompt: string) =>
      send({ prompt }).error?.issues.map((issue) => (issue.code === 'custom' ? issue.params?.status : undefined));
    expect(status('x'.repeat(32_001))).toEqual([413]);
    expect(status(' ')).toEqual([undefined]);
  });

  test('wrong types are refused', () => {
    for (const over of [{ prompt: 7 }, { prompt: null }, { prompt: ['x'] }, { mode: 'stop' }, { mode: null }]) {
      expect(send(over).success).toBe(false);
    }
    for (const body of [null, [], 'x', 7, {}]) expect(SendTurn.safeParse(body).success).toBe(false);
  });
});

describe('the other commands', () => {
  test('a change names a title or a head', () => {
    expect(ChangeConversation.parse({ title: 'Ünder 🏳️‍🌈' })).toEqual({ title: 'Ünder 🏳️‍🌈' });
    expect(ChangeConversation.parse({ head: id.toUpperCase() })).toEqual({ head: id });
    expect(ChangeConversation.safeParse({ title: 'x'.repeat(80) }).success).toBe(true);
    for (const bad of [{}, { title: '' }, { title: ' ' }, { title: 'x'.repeat(81) }, { title: 'a\0' }, { head: 'x' }]) {
      expect(ChangeConversation.safeParse(bad).success).toBe(false);
    }
  });

  test('a page has 50 turns unless fewer are asked for', () => {
    expect(TurnsPage.parse({})).toEqual({ limit: 50 });
    expect(TurnsPage.parse({ limit: '7', before: id.toUpperCase() })).toEqual({ limit: 7, before: id });
    for (const bad of [{ limit: '0' }, { limit: '51' }, { limit: '1.5' }, { limit: 'x' }, { before: 'x' }]) {
      expect(TurnsPage.safeParse(bad).success).toBe(false);
    }
  });

  test('[VIEW1] a subscribe names what is looked at, and how far it is known', () => {
    const asked = { conversationId: id, sinceRev: 3, live: { turnId: id, seq: 0 } };
    expect(Subscribe.parse(asked)).toEqual(asked);
    expect(Subscribe.parse({ conversationId: id, sinceRev: 0 })).toEqual({ conversationId: id, sinceRev: 0 });
    expect(Subscribe.parse({ list: true, sinceRev: 0 })).toEqual({ list: true, sinceRev: 0 });
    const bad = [
      { conversationId: id, sinceRev: -1 },
      { conversationId: id, sinceRev: 0.5 },
      { conversationId: id },
      { conversationId: 'x', sinceRev: 0 },
      { conversationId: id, sinceRev: 0, live: { turnId: id, seq: -1 } },
      { list: false, sinceRev: 0 },
      { sinceRev: 0 },
      null,
    ];
    for (const each of bad) expect(Subscribe.safeParse(each).success).toBe(false);
  });
});
