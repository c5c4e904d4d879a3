const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

/** Where the server says that its gateway is. Asked again until it does; rejects only where that was ended. */
export async function gatewayOf(rest: string, end: AbortSignal): Promise<string> {
  for (let delay = FIRST_DELAY; ; delay = Math.min(LONGEST_DELAY, delay * 2)) {
    try {
      const answer = await fetch(`${rest}/pages/config.json`, { signal: AbortSignal.timeout(15_000) });
      const { gateway } = (await answer.json()) as { gateway: string };
      return new URL(gateway).href;
    } catch (error) {
      console.warn('The chat does not know its gateway yet.', error);
      await new Promise((resolve) => setTimeout(resolve, delay));
      end.throwIfAborted();
    }
  }
}
