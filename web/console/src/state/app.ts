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

  signOut(): void {
    rememberSession(null);
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
    if (!who && desk) this.#shut(null, null);
    else if (who && !desk) this.#open(who);
    else if (who && desk && who.agentId !== last?.agentId) {
      this.#shut(null, null);
      this.#open(who);
    } else if (who?.token && desk?.view.value.dialog?.kind === 'token') desk.renew(who.token);
  }
}
