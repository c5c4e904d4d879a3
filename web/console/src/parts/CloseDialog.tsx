import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { nameOf } from '../state/held';
import { t } from '../strings';
import { sentence } from '../words/fill';
import { Dialog } from './Dialog';
import { Field } from './Field';
import { Words } from './Words';

const LONGEST_REASON = 500;

export function CloseDialog({ desk, conversation }: { readonly desk: Desk; readonly conversation: AgentConversation }): JSX.Element {
  const [reason, setReason] = useState('');
  const hasDraft = desk.drafts.text(conversation.id).trim() !== '';
  const cancel = (): void => desk.show(null);
  return (
    <Dialog title={t.closeDialog.title} cancelled={cancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void desk.close(conversation.id, reason);
        }}
      >
        <p>
          <Words of={sentence(t.closeDialog.text, { name: nameOf(conversation) })} />
        </p>
        {hasDraft && <p class="warning">{t.closeDialog.draft}</p>}
        <Field label={t.closeDialog.reason} hint={t.closeDialog.optional} value={reason} changed={setReason} longest={LONGEST_REASON} first />
        <div class="buttons">
          <button type="button" class="button" onClick={cancel}>
            {t.closeDialog.cancel}
          </button>
          <button type="submit" class="button primary">
            {t.closeDialog.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
