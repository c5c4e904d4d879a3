import type { AgentConversation, AgentConversationState, AgentState } from '@customer-live-chat/sdk';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk';
import type { Store } from '../state/store';

type Subscribe = (listener: () => void) => () => void;

/** A value from outside: rendered again where it is another one. */
export function useSource<T>(subscribe: Subscribe, get: () => T): T {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const value = get();
  const now = useRef({ value, get });
  now.current = { value, get };
  useLayoutEffect(() => {
    const look = (): void => {
      if (!Object.is(now.current.get(), now.current.value)) again(undefined);
    };
    look();
    return subscribe(look);
  }, [subscribe]);
  return value;
}

export const useStore = <T>(store: Store<T>): T => useSource(store.subscribe, () => store.value);

export const useDesk = <T>(desk: Desk, pick: (state: AgentState) => T): T => useSource(desk.chat.subscribe, () => pick(desk.chat.state));

export function useConversation(conversation: AgentConversation): AgentConversationState {
  const subscribe = useRef(conversation.subscribe.bind(conversation));
  return useSource(subscribe.current, () => conversation.state);
}
