import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launch, person, watch } from './browser';
import { Console } from './console';
import { Server } from './server';
import { Visitor } from './visitor';

/** A server and a browser for the tests of one file; each test begins with people who know nothing yet. */
export class Stage {
  server!: Server;
  #browser!: Browser;
  #open: BrowserContext[] = [];
  #faults: string[][] = [];

  /** Called at the top of a file: what is started is stopped, and no page may have thrown or broken its policy. */
  constructor(...settings: string[]) {
    beforeAll(async () => {
      [this.server, this.#browser] = await Promise.all([Server.start(...settings), launch()]);
    });
    afterAll(async () => {
      await this.#browser.close();
      await this.server.stop();
    });
    afterEach(async () => {
      for (const context of this.#open) await context.close();
      this.#open = [];
      const seen = this.#faults.flat();
      this.#faults = [];
      expect(seen).toEqual([]);
    });
  }

  /** A page in a browser of its own. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await person(this.#browser, options);
    this.#open.push(context);
    const page = await context.newPage();
    this.#faults.push(watch(page));
    return page;
  }

  /** A visitor of the sample shop who has started a chat. */
  async visitor(name: string, server = this.server): Promise<Visitor> {
    const page = await this.page();
    await page.goto(`${server.rest}/demo/`);
    const visitor = new Visitor(page);
    await visitor.start(name);
    return visitor;
  }

  /** An agent who is signed in. */
  async console(id: string, name: string, { server = this.server, token, ...options }: BrowserContextOptions & { server?: Server; token?: string } = {}): Promise<Console> {
    const console = new Console(await this.page(options), server.rest);
    await console.signIn(id, name, token);
    return console;
  }
}
