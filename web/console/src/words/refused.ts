import { ChatError } from '@customer-live-chat/sdk';
import { t } from '../strings';
import { counted, sentence, type Sentence } from './fill';

/** What may pass by itself. Not `transient`, which what the SDK refuses without asking the server is too. */
const passing: readonly string[] = ['network', 'timeout', 'unavailable', 'internal', 'rate_limited'];

/** Why a call did not do what it should, in words that may be shown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ChatError)) return String(error);
  return passing.includes(error.code) ? t.refused.network : error.message;
}

export function acceptRefused(error: unknown, name: string, maxConcurrent: number): Sentence {
  const code = error instanceof ChatError ? error.code : null;
  if (code === 'conflict') return sentence(t.refused.conflict, { name });
  if (code === 'agent_at_capacity') return sentence(counted(t.refused.capacity, maxConcurrent), { name, count: maxConcurrent });
  if (code === 'gone' || code === 'not_found') return sentence(t.refused.gone, { name });
  return sentence(t.refused.accept, { name, reason: reasonOf(error) });
}
