import { isRecord, keep, kept } from './kept';

export const SESSION_KEY = 'live-chat-console:session';

/** Who is signed in: kept until sign-out. */
export interface SignedIn {
  readonly agentId: string;
  readonly displayName: string | null;
  readonly token: string | null;
}

export const rememberSession = (who: SignedIn | null): void => keep(SESSION_KEY, who);

export const rememberedSession = (): SignedIn | null => readSession(kept(SESSION_KEY));

export function readSession(value: unknown): SignedIn | null {
  if (!isRecord(value) || typeof value.agentId !== 'string' || value.agentId === '') return null;
  const text = (one: unknown): string | null => (typeof one === 'string' && one !== '' ? one : null);
  return { agentId: value.agentId, displayName: text(value.displayName), token: text(value.token) };
}
