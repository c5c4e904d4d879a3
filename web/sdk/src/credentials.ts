import { ChatError, unauthenticated } from './error.js';
import type { Credentials } from './rest.js';
import type { TokenSource } from './types.js';

/** A token from outside. One that came from a function is asked for again when the server no longer takes it. */
export class GivenToken implements Credentials {
  #asked: Promise<string> | undefined;

  constructor(private readonly source: TokenSource | undefined) {}

  async token(): Promise<string | null> {
    if (typeof this.source !== 'function') return this.source ?? null;
    const asked = (this.#asked ??= this.#ask(this.source));
    try {
      return await asked;
    } catch {
      // Not to be had now: asked again with the next try.
      if (this.#asked === asked) this.#asked = undefined;
      throw new ChatError('network', 'There is no token.');
    }
  }

  async renew(refused: string | null): Promise<void> {
    if (typeof this.source !== 'function') throw unauthenticated();
    if ((await this.token()) === refused) this.#asked = undefined;
  }

  async #ask(source: () => string | Promise<string>): Promise<string> {
    return source();
  }
}
