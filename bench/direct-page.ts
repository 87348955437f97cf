import type { Browser, Page } from '@playwright/test';

/**
 * The yardstick: a page of the endpoint's own origin that calls it as directly as a browser can, with the same names as
 * Parley's page, so that the same recorder times both.
 */
export type DirectPage = {
  page: Page;
  /** Puts the prompt in place of the last one, whose reply goes. */
  type: (prompt: string) => Promise<void>;
  send: () => Promise<void>;
  stop: () => Promise<void>;
};

const PAGE = `<article><p data-part="prompt"></p><p data-part="reply"></p></article>
  <button id="send">Send</button><button id="stop">Stop</button>`;

export async function openDirectPage(browser: Browser, url: string): Promise<DirectPage> {
  const page = await browser.newPage();
  await page.goto(`${url}/scenario-names`);
  await page.setContent(PAGE);
  await page.evaluate(behave);
  return {
    page,
    type: (prompt) =>
      page.evaluate((text) => {
        document.querySelector('[data-part="prompt"]')!.textContent = text;
        document.querySelector('[data-part="reply"]')!.textContent = '';
      }, prompt),
    send: () => page.locator('#send').click(),
    stop: () => page.locator('#stop').click(),
  };
}

/** Runs in the page. */
function behave(): void {
  const article = document.querySelector('article')!;
  const [prompt, reply] = [...article.querySelectorAll('[data-part]')];
  let calling = new AbortController();

  async function call(): Promise<void> {
    calling = new AbortController();
    const messages = [{ role: 'user', content: prompt!.textContent }];
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'scripted', stream: true, messages }),
      signal: calling.signal,
    });
    let rest = '';
    const decoder = new TextDecoder();
    const reader = response.body!.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const events = (rest + decoder.decode(next.value, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      const chunks = events.filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)));
      const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
      if (text !== '') reply!.append(text);
    }
    article.dataset['status'] = 'completed';
  }

  document.querySelector('#send')!.addEventListener('click', () => {
    article.dataset['status'] = 'running';
    // One that is stopped ends by AbortError, which is how it ends.
    call().catch(() => (article.dataset['status'] = 'stopped'));
  });
  document.querySelector('#stop')!.addEventListener('click', () => calling.abort());
}
