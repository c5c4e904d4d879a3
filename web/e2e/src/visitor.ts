import type { Locator, Page } from 'playwright-core';

/** The widget as its visitor sees it, by the names that screen readers say. */
export class Visitor {
  constructor(readonly page: Page) {}

  get launcher(): Locator {
    return this.page.getByRole('button', { name: /^Chat with us/ });
  }
  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: 'Chat' });
  }
  get name(): Locator {
    return this.page.getByRole('textbox', { name: 'Your name' });
  }
  get message(): Locator {
    return this.page.getByRole('textbox', { name: 'Message' });
  }
  get log(): Locator {
    return this.page.getByRole('log', { name: 'Conversation' });
  }

  article(text: string): Locator {
    return this.log.getByRole('article').filter({ hasText: text });
  }
  status(text: string | RegExp): Locator {
    return this.page.getByRole('status').filter({ hasText: text });
  }

  async start(name: string): Promise<void> {
    await this.launcher.click();
    await this.name.fill(name);
    await this.page.getByRole('button', { name: 'Start chat' }).click();
    await this.status(/in line/).waitFor();
  }

  /** Types and sends, without a wait for what becomes of it. */
  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.page.getByRole('button', { name: 'Send' }).click();
  }

  async sent(text: string): Promise<void> {
    await this.article(text).filter({ hasText: 'Sent' }).waitFor();
  }

  /** The text of the messages, in the order in which they stand. */
  contents(): Promise<string[]> {
    return this.log.locator('article .bubble').allTextContents();
  }
}
