import type { Conversation, Metadata, SystemEvent } from '@customer-live-chat/sdk';
import { t } from '../strings';
import { fill, sentence, type Sentence } from './fill';
import { agentName, customerName } from './names';

/** What happened, in a sentence; `null` where there is nothing to tell. */
export function happened({ type, conversation, reason, participant }: SystemEvent, before: Conversation | null, self: string): Sentence | null {
  const customer = customerName(conversation.customer.id, conversation.customer.displayName);
  switch (type) {
    case 'CONVERSATION_QUEUED':
      return sentence(t.happened.queued, { customer });
    case 'CONVERSATION_ASSIGNED':
      if (conversation.agent?.id === self) return sentence(t.happened.assignedToYou);
      return sentence(t.happened.assigned, { agent: conversation.agent ? agentName(conversation.agent) : '?' });
    case 'CONVERSATION_REQUEUED': {
      const agent = before?.agent ?? (participant?.type === 'AGENT' ? participant : null);
      return agent ? sentence(t.happened.requeued, { agent: agentName(agent) }) : sentence(t.happened.requeuedNobody);
    }
    case 'CUSTOMER_UPDATED': {
      const changes = before ? changesOf(before, conversation).join(', ') : '';
      return changes ? sentence(t.happened.updatedTo, { customer, changes }) : sentence(t.happened.updated, { customer });
    }
    case 'CONVERSATION_CLOSED':
      return closed(conversation, customer, self, reason);
    default:
      return null;
  }
}

function closed({ closedBy, closeReason, agent }: Conversation, customer: string, self: string, reason: string | null): Sentence {
  const by = (): Sentence => {
    if (closedBy === 'CUSTOMER') return sentence(t.happened.closedByCustomer, { customer });
    if (closedBy !== 'AGENT') return sentence(t.happened.closedBySystem);
    return !agent || agent.id === self ? sentence(t.happened.closedByYou) : sentence(t.happened.closedByAgent, { agent: agentName(agent) });
  };
  const why = reason ?? closeReason;
  if (!why) return by();
  const { template, values } = by();
  return sentence(t.happened.because.replace('{what}', template), { ...values, reason: closedBy === 'SYSTEM' ? reasonWords(why) : why });
}

const reasonWords = (reason: string): string => (t.reason as Readonly<Record<string, string>>)[reason] ?? reason;

/** What stands differently now. */
function changesOf(before: Conversation, now: Conversation): string[] {
  const changes: string[] = [];
  if (before.customer.displayName !== now.customer.displayName) changes.push(fill(t.happened.name, { value: now.customer.displayName ?? '' }));
  if (before.customer.phone !== now.customer.phone) changes.push(fill(t.happened.contact, { value: now.customer.phone ?? '' }));
  for (const [key, value] of metadataWords(now.metadata)) {
    if (value !== metadataValue(before.metadata?.[key])) changes.push(fill(t.happened.metadata, { key, value }));
  }
  return changes;
}

export const metadataWords = (metadata: Metadata | null): [string, string][] =>
  Object.entries(metadata ?? {}).map(([key, value]) => [key, metadataValue(value)]);

const metadataValue = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
