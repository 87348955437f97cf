import { expect, test } from 'vitest';
import { createDrafts, NEW_DRAFT } from '#app/_client/drafts.ts';
import { createPlaces } from '#app/_client/places.ts';
import { createPreferences } from '#app/_client/preferences.ts';

/** As much of a browser's storage as is used; `room` in UTF-16 units. */
function storageOf(room = Number.POSITIVE_INFINITY) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem(key: string, text: string) {
      if (text.length > room) throw new Error('QuotaExceededError');
      kept.set(key, text);
    },
    removeItem: (key: string) => void kept.delete(key),
  };
  return { kept, find: () => storage as unknown as Storage };
}

test('[PAGE4] a draft is kept by conversation, and gone at once when it is sent', () => {
  const { kept, find } = storageOf();
  const drafts = createDrafts(find, find);
  drafts.change('a', 'hello');
  drafts.change('b', 'elsewhere');
  drafts.keep();
  expect(createDrafts(find, find).of('a').get()).toBe('hello');
  drafts.change('a', '');
  expect([...kept.values()]).toEqual(['elsewhere']);
});

test('[PAGE4] what is written in a chat that has not begun is kept by its tab alone', () => {
  const [browser, tab] = [storageOf(), storageOf()];
  const drafts = createDrafts(browser.find, tab.find);
  drafts.change(NEW_DRAFT, 'hello');
  drafts.keep();
  expect([browser.kept.size, ...tab.kept.values()]).toEqual([0, 'hello']);
  expect(createDrafts(browser.find, storageOf().find).of(NEW_DRAFT).get()).toBe('');
});

test('[PAGE4] a draft that the storage cannot hold stays in the page', () => {
  for (const find of [storageOf(3).find, () => null]) {
    const drafts = createDrafts(find, find);
    drafts.change('a', 'hello');
    drafts.keep();
    expect(drafts.of('a').get()).toBe('hello');
  }
});

test('a draft is drawn empty first, as on the server', () => {
  const { find } = storageOf();
  createDrafts(find, find).change('a', 'hello');
  expect(createDrafts(find, find).of('a').getInitial()).toBe('');
});

test('[PAGE5] the places of the last two hundred conversations are remembered; the end is none', () => {
  const { kept, find } = storageOf();
  const places = createPlaces(find);
  places.keep('at the end', null);
  expect(kept.size).toBe(0);
  for (let n = 0; n < 201; n++) places.keep(`c${n}`, { turnId: `t${n}`, offset: n });
  expect(places.of('c0')).toBe(null);
  expect(places.of('c1')).toEqual({ turnId: 't1', offset: 1 });
  places.keep('c1', null);
  expect(places.of('c1')).toBe(null);
});

test.each(['not JSON', '17', 'null', '{"enter":"sing","settings":{"model":4,"temperature":"hot","instructions":"x"}}'])(
  'preferences that were kept in another shape are the defaults where they do not fit: %s',
  (text) => {
    const { kept, find } = storageOf();
    kept.set('parley.preferences', text);
    const preferences = createPreferences(find);
    preferences.read();
    expect(preferences.state.get().enter).toBe('interject');
    expect(preferences.state.get().settings.model).toBeUndefined();
    preferences.change({ enter: 'queue' });
    const again = createPreferences(find);
    again.read();
    expect(again.state.get().enter).toBe('queue');
  },
);
