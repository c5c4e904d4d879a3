import { storageKey } from '@customer-live-chat/sdk';

/** Under it, whom the website said that the conversation is of; nothing for a visitor without a name of its own. */
export const whoKey = (rest: string): string => `${storageKey(rest)}:who`;

export const draftKey = (rest: string): string => `${storageKey(rest)}:draft`;

/** Leaves nothing of a visitor here; the drafts of other tabs are theirs to forget, when they see that the rest is gone. */
export function forgetStored(rest: string): void {
  for (const key of [storageKey, whoKey]) kept(() => localStorage.removeItem(key(rest)));
  kept(() => sessionStorage.removeItem(draftKey(rest)));
}

/** What a storage that is full or forbidden throws costs no more than what it would have kept. */
export function kept<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}
