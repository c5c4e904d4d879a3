import type { Locator, Page } from 'playwright-core';

/** The console as its agent sees it, by the names that screen readers say. */
export class Console {
  constructor(
    readonly page: Page,
    readonly address: string,
  ) {}

  get status(): Locator {
    return this.page.getByRole('status').filter({ hasText: /^(Connected|Reconnecting|Signed out)$/ });
  }
  get queue(): Locator {
    return this.page.getByRole('region', { name: 'Queue' });
  }
  get chats(): Locator {
    return this.page.getByRole('region', { name: 'Chats' });
  }

  chat(customer: string): Locator {
    return this.chats.getByRole('region', { name: customer });
  }
  article(customer: string, text: string): Locator {
    return this.chat(customer).getByRole('log', { name: 'Conversation' }).getByRole('article').filter({ hasText: text });
  }
  message(customer: string): Locator {
    return this.chat(customer).getByRole('textbox', { name: 'Message' });
  }

  async signIn(id: string, name: string, token?: string): Promise<void> {
    await this.page.goto(`${this.address}/console/`);
    await this.page.getByRole('textbox', { name: 'Agent ID' }).fill(id);
    await this.page.getByRole('textbox', { name: 'Display name' }).fill(name);
    if (token !== undefined) await this.page.getByRole('textbox', { name: 'Access token' }).fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.status.filter({ hasText: 'Connected' }).waitFor();
  }

  async accept(customer: string): Promise<void> {
    await this.queue.getByRole('button', { name: `Accept ${customer}` }).click();
    await this.chat(customer).waitFor();
  }

  async say(customer: string, text: string): Promise<void> {
    await this.message(customer).fill(text);
    await this.chat(customer).getByRole('button', { name: 'Send' }).click();
  }

  async sent(customer: string, text: string): Promise<void> {
    await this.article(customer, text).filter({ hasText: 'Sent' }).waitFor();
  }
}
