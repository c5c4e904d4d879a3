import type { CustomerState } from '@customer-live-chat/sdk';
import type { Context } from './context';
import type { PanelStrings } from './strings/types';
import { counted, joined, named } from './words';

/** What stands in the line under the head: why nothing comes, or how long it will take; empty while all is well. */
export function statusOf({ options, strings }: Context, state: CustomerState): string {
  if (state.error) return strings.refused;
  if (state.status === 'CLOSED') return '';
  if (state.connection === 'offline') return strings.reconnecting;
  if (state.agentAway && state.conversation?.agent) return named(strings.away, nameOf(strings.agent, state));
  if (!state.queue) return '';

  const place = counted(options.language, strings.place, state.queue.position, 'ordinal');
  const seconds = state.queue.estimatedWaitSeconds;
  const wait = seconds === null ? place : joined(options.language, place, counted(options.language, strings.wait, Math.max(1, Math.round(seconds / 60))));
  return `${wait}. ${strings.writeAlready}`;
}

/** Who is there, under the title. */
export function presenceOf({ strings }: Context, state: CustomerState): string {
  if (state.status === 'CLOSED' || state.connection !== 'online' || !state.conversation?.agent || state.agentAway) return '';
  return named(strings.online, nameOf(strings.agent, state));
}

export function typingOf({ strings }: Context, state: CustomerState): string {
  return state.agentTyping ? named(strings.typing, nameOf(strings.agent, state)) : '';
}

/** That it has ended, and why. What an agent has written is for the visitor; what the system says has words of its own. */
export function endOf({ ended, endedBecause }: PanelStrings, { closed }: CustomerState): string {
  const reason = (endedBecause as Partial<Record<string, string>>)[closed?.reason ?? ''] ?? (closed?.by === 'AGENT' ? closed.reason : null);
  return reason ? `${ended}. ${reason}` : ended;
}

const nameOf = (otherwise: string, state: CustomerState): string => state.conversation?.agent?.displayName ?? otherwise;
