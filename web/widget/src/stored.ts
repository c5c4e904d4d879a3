import { storageKey } from '@customer-live-chat/sdk';

/** Where the SDK keeps a visitor's conversation. */
export const storedKey = (rest: string): string => storageKey(rest);

export const draftKey = (rest: string): string => `${storageKey(rest)}:draft`;

/** What a storage that is full or forbidden throws costs no more than what it would have kept. */
export function kept<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}
