/** Of this browser, or of this tab alone. To look at one may throw. */
type Where = 'localStorage' | 'sessionStorage';

/** Puts a value into the page's storage where there is one; where it throws, nothing is kept and nothing breaks. */
export function keep(key: string, value: unknown, where: Where = 'localStorage'): void {
  try {
    if (value === null) globalThis[where].removeItem(key);
    else globalThis[where].setItem(key, JSON.stringify(value));
  } catch {
    // Blocked or full.
  }
}

export function kept(key: string, where: Where = 'localStorage'): unknown {
  try {
    return parsed(globalThis[where].getItem(key));
  } catch {
    return null;
  }
}

/** What a stored text holds; `null` where it is not there, or none of ours. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** Calls `changed` when another tab has changed what is kept under this key; with what it was and is, where that is known. */
export function onKept(key: string, changed: (event: StorageEvent) => void): () => void {
  const heard = (event: StorageEvent): void => {
    if (event.key === key || event.key === null) changed(event);
  };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
