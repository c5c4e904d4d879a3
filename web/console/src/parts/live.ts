import { useLayoutEffect, useState } from 'preact/hooks';

/** What is loaded of the history is not read out: only what comes after it. */
export function useLive(hasEntries: boolean, isLoading: boolean): boolean {
  const [isLive, setLive] = useState(false);
  useLayoutEffect(() => {
    if (isLoading) return setLive(false);
    // One without any entry is live from the beginning.
    const timer = setTimeout(() => setLive(true), 500);
    return () => clearTimeout(timer);
  }, [hasEntries, isLoading]);
  return isLive && !isLoading;
}
