import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { isField } from '../state/focus';
import { takeUp } from '../state/writing';

/** Adds to a draft what was typed before its field was there. All at once, and not with the next frame: a key may come in between. */
export function useTakingUp(desk: Desk, id: string, field?: RefObject<HTMLTextAreaElement | null>): void {
  useLayoutEffect(() => {
    const taken = takeUp(id);
    if (!taken) return;
    const text = desk.drafts.text(id) + taken.typed;
    desk.drafts.write(id, text);
    if (!field?.current) return;
    field.current.value = text;
    field.current.setSelectionRange(text.length, text.length);
    if (taken.goesOn && !isField(document.activeElement)) desk.go(id);
  }, [desk, id]);
}
