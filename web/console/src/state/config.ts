import { isRecord } from './kept';

export interface Config {
  /** Where the server's API is: where the page came from. */
  readonly rest: string;
  readonly gateway: string;
  readonly authentication: boolean;
}

const LONGEST_PAUSE = 10_000;

/** Asks the server what it tells its pages, until it does. */
export async function loadConfig(failed: () => void): Promise<Config> {
  for (let pause = 500; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      const answer = await fetch('/pages/config.json', { cache: 'no-cache', signal: AbortSignal.timeout(15_000) });
      const told: unknown = answer.ok ? await answer.json() : null;
      if (isRecord(told) && typeof told.gateway === 'string') return { rest: location.origin, gateway: told.gateway, authentication: told.authentication === true };
    } catch {
      // No network, or another's answer.
    }
    failed();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
