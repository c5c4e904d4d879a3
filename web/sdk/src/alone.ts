import type { Environment } from './environment.js';

/** How long another tab may hold a lock, in milliseconds: one that is frozen would hold it for ever. */
export const LOCK_TIMEOUT = 20_000;

/** One tab at a time, where there is a lock to be had. @param end of the wait for it; what runs then must look for itself whether it has come */
export async function whileAlone<T>(env: Pick<Environment, 'timer' | 'locks'>, lockName: string, end: AbortSignal, run: () => Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const giveUp = (): void => waiting.abort();
  const cancel = env.timer(giveUp, LOCK_TIMEOUT);
  end.addEventListener('abort', giveUp);
  let outcome: Promise<T> | undefined;
  try {
    await env.locks?.request(lockName, { signal: waiting.signal }, async () => {
      cancel();
      outcome = run();
      await outcome.catch(() => undefined);
    });
  } catch {
    // Not to be had: then without.
  } finally {
    cancel();
    end.removeEventListener('abort', giveUp);
  }
  return outcome ?? run();
}
