import { expect, type Locator, type Page } from '@playwright/test';
import type { Status } from '#lib/protocol/turn.ts';

type Shown = { status: Status; text: string };

/** Pauses between two looks, the last of them again and again; the usual ones grow to a second. */
const intervals = [20, 50, 100];

/** A tab that shows a conversation, by the names that the page promises (SPEC). */
export class ConversationPage {
  readonly page: Page;
  readonly box: Locator;
  readonly turns: Locator;
  /** Where past conversations stand. */
  readonly list: Locator;
  /** What is not as it should be, in words. */
  readonly notices: Locator;

  constructor(page: Page) {
    this.page = page;
    this.box = page.getByRole('textbox', { name: 'Message' });
    this.turns = page.getByRole('article');
    this.list = page.getByRole('navigation', { name: 'Conversations' });
    this.notices = page.getByRole('status', { name: 'Connection' });
  }

  /** Without an id a new conversation. Ready when the page answers to a person: it then has its cursor in the box. */
  async open(conversationId?: string): Promise<void> {
    await this.page.goto(conversationId === undefined ? '/' : `/c/${conversationId}`);
    await this.ready();
  }

  async ready(): Promise<void> {
    await expect(this.box).toBeFocused();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  get conversationId(): string {
    const id = /\/c\/([0-9a-f-]{36})$/.exec(new URL(this.page.url()).pathname)?.[1];
    if (id === undefined) throw new Error(`${this.page.url()} names no conversation.`);
    return id;
  }

  button(name: 'Send' | 'Stop' | 'Interject' | 'Queue'): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async send(prompt: string, by: 'Send' | 'Interject' | 'Queue' = 'Send'): Promise<void> {
    await this.box.fill(prompt);
    await this.button(by).click();
    await expect(this.turn(prompt)).toBeVisible();
  }

  turn(prompt: string): Locator {
    return this.turns.filter({ has: this.page.locator('[data-part="prompt"]', { hasText: prompt }) });
  }

  reply(prompt: string): Locator {
    return this.turn(prompt).locator('[data-part="reply"]');
  }

  async idOf(prompt: string): Promise<string> {
    const id = await this.turn(prompt).getAttribute('data-turn-id');
    if (id === null) throw new Error('A turn on the page has no id.');
    return id;
  }

  async text(prompt: string): Promise<string> {
    return (await this.reply(prompt).textContent()) ?? '';
  }

  /** Exactly this text, to the character. */
  async showsText(prompt: string, text: string): Promise<void> {
    await expect.poll(() => this.text(prompt), { intervals }).toBe(text);
  }

  /** Both at the same moment. */
  async shows(prompt: string, shown: Shown): Promise<void> {
    const look = () =>
      this.turn(prompt).evaluate((turn) => ({
        status: turn.getAttribute('data-status'),
        text: turn.querySelector('[data-part="reply"]')?.textContent,
      }));
    await expect.poll(look, { intervals }).toEqual(shown);
  }

  async hasStatus(prompt: string, status: Status): Promise<void> {
    await expect.poll(() => this.turn(prompt).getAttribute('data-status'), { intervals }).toBe(status);
  }

  /** The prompts, from top to bottom. */
  async showsPrompts(prompts: string[]): Promise<void> {
    await expect
      .poll(() => this.turns.locator('[data-part="prompt"]').allTextContents(), { intervals })
      .toEqual(prompts);
  }
}
