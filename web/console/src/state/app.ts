import { ChatError } from '@customer-live-chat/sdk';
import { t } from '../strings';
import { sentence, type Sentence } from '../words/fill';
import { reasonOf } from '../words/refused';
import type { Config } from './config';
import { Desk } from './desk';
import { onKept } from './kept';
import { SESSION_KEY, rememberSession, rememberedSession, type SignedIn } from './session';
import { Store } from './store';
import { forgetWriting } from './writing';

export interface AppState {
  readonly config: Config | null;
  /** Where somebody is signed in. */
  readonly desk: Desk | null;
  /** What the sign-in form begins with. */
  readonly last: SignedIn | null;
  readonly alert: Sentence | null;
}

/** Who is signed in, in this tab and in the others of this browser. */
export class App {
  readonly state = new Store<AppState>({ config: null, desk: null, last: null, alert: null });

  configured(config: Config): void {
    this.state.update((state) => ({ ...state, config, alert: null }));
    const who = rememberedSession();
    if (who) this.#open(who);
    else forgetWriting();
    onKept(SESSION_KEY, () => this.#othersChanged());
  }

  failed(): void {
    this.state.update((state) => ({ ...state, alert: sentence(t.signIn.noConfig) }));
  }

  signIn(who: SignedIn): void {
    rememberSession(who);
    this.#open(who);
  }

  /** Signs out at once where nothing is lost by it. */
  askSignOut(): void {
    const { desk } = this.state.value;
    if (desk?.unsent().length) desk.show({ kind: 'sign-out' });
    else this.signOut();
  }

  /** Whoever comes next at this computer finds nothing of this agent. */
  signOut(): void {
    rememberSession(null);
    this.state.value.desk?.forget();
    this.#shut(null, null);
  }

  renew(token: string): void {
    const { last, desk } = this.state.value;
    if (last) rememberSession({ ...last, token });
    desk?.renew(token);
  }

  dismissAlert(): void {
    this.state.update((state) => ({ ...state, alert: null }));
  }

  #open(who: SignedIn): void {
    const { config } = this.state.value;
    if (!config) return;
    const desk = new Desk(config, who, (error) => this.#refused(who, error));
    this.state.update((state) => ({ ...state, desk, last: who, alert: null }));
    desk.start();
  }

  #shut(last: SignedIn | null, alert: Sentence | null): void {
    this.state.value.desk?.stop();
    forgetWriting();
    this.state.update((state) => ({ ...state, desk: null, last, alert }));
  }

  #refused(who: SignedIn, error: unknown): void {
    if (error instanceof ChatError && error.code === 'stopped') return;
    rememberSession(null);
    const code = error instanceof ChatError ? error.code : null;
    const words = code === 'unauthenticated' ? sentence(t.signIn.refused) : code === 'forbidden' ? sentence(t.signIn.forbidden) : sentence(t.signIn.failed, { reason: reasonOf(error) });
    this.#shut({ ...who, token: null }, words);
  }

  /** Signed out, or in, in another tab: so is this one. */
  #othersChanged(): void {
    const who = rememberedSession();
    const { desk, last } = this.state.value;
    const isAnother = who?.agentId !== last?.agentId;
    if (desk && isAnother) {
      // What was kept is gone, and is not to come back with what was typed since.
      desk.drafts.drop();
      this.#shut(null, null);
    }
    if (who && (!desk || isAnother)) this.#open(who);
    else if (who?.token && desk?.view.value.dialog?.kind === 'token') desk.renew(who.token);
  }
}
