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
  const drafts = createDrafts(find, storageOf().find);
  drafts.change('a', 'hello');
  drafts.change('b', 'elsewhere');
  drafts.keep();
  expect(createDrafts(find, storageOf().find).of('a').get()).toBe('hello');
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

/** Two tabs of one browser; each learns of what the other wrote when it is told. */
function twoTabs() {
  const browser = storageOf();
  const own = [storageOf(), storageOf()] as const;
  const open = (n: 0 | 1) => createDrafts(browser.find, own[n].find);
  const tabs = [open(0), open(1)];
  for (const tab of tabs) tab.of('a');
  const common = () => browser.kept.get('parley.draft.a') ?? '';
  return { tabs: tabs as [Tab, Tab], browser, open, common, shown: () => tabs.map((tab) => tab.of('a').get()) };
}
type Tab = ReturnType<typeof createDrafts>;

test('[PAGE4] a tab that nobody writes in follows the one that is written in, word by word', () => {
  const { tabs, common, shown } = twoTabs();
  for (const text of ['h', 'hello', 'hello there', '']) {
    const before = common();
    tabs[0].change('a', text);
    tabs[0].keep();
    tabs[1].onWritten('a', before, text);
    expect(shown()).toEqual([text, text]);
  }
});

test('[PAGE4] two tabs that are written in at once keep each its own words, over a reload too', () => {
  const { tabs, open, common, shown } = twoTabs();
  tabs[0].change('a', 'here');
  tabs[1].change('a', 'there');
  tabs[0].keep();
  tabs[1].onWritten('a', '', 'here');
  tabs[1].keep();
  expect([common(), ...shown()]).toEqual(['here', 'here', 'there']);
  expect([open(0).of('a').get(), open(1).of('a').get()]).toEqual(['here', 'there']);

  // Emptied here, by a send or by hand: what the other wrote stays.
  const again = open(1);
  again.change('a', '');
  expect(common()).toBe('here');
});

test('[PAGE4] a tab whose words another wrote over without having seen them keeps them', () => {
  const { tabs, open, browser, shown } = twoTabs();
  tabs[0].change('a', 'here');
  tabs[0].keep();
  // In the same instant: the other's storage still showed nothing.
  browser.kept.set('parley.draft.a', 'there');
  tabs[0].onWritten('a', '', 'there');
  tabs[0].keep();
  expect([shown()[0], open(0).of('a').get(), browser.kept.get('parley.draft.a')]).toEqual(['here', 'here', 'there']);
});

test('[PAGE4] words that stood apart are every tab’s again once the others’ are sent', () => {
  const { tabs, common } = twoTabs();
  tabs[0].change('a', 'here');
  tabs[1].change('a', 'there');
  tabs[0].keep();
  tabs[1].onWritten('a', '', 'here');
  tabs[1].keep();
  tabs[0].change('a', '');
  tabs[1].onWritten('a', 'here', '');
  tabs[1].keep();
  expect(common()).toBe('there');
  tabs[0].onWritten('a', '', 'there');
  expect(tabs[0].of('a').get()).toBe('there');
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
