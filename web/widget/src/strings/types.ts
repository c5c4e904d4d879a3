/** Forms of a number by `Intl.PluralRules`; `#` stands for the number. `other` is always there. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** What the button in the corner says; it is on every page. */
export interface LauncherStrings {
  readonly launcher: string;
  /** After the launcher's own words. */
  readonly unread: Plural;
  /** The chat itself could not be loaded. */
  readonly failed: string;
}

/** What the opened chat says. `{name}` stands for a person. */
export interface PanelStrings {
  readonly dialog: string;
  readonly close: string;
  readonly name: string;
  readonly contact: string;
  readonly start: string;
  readonly starting: string;
  readonly welcome: string;
  readonly startFailed: string;
  readonly endFailed: string;
  readonly conversation: string;
  readonly message: string;
  readonly send: string;
  readonly end: string;
  readonly endQuestion: string;
  readonly cancel: string;
  readonly you: string;
  readonly agent: string;
  readonly sending: string;
  readonly sent: string;
  readonly read: string;
  readonly notSent: string;
  readonly tryAgain: string;
  readonly tooLong: string;
  /** What stands for a message whose words were erased. */
  readonly erased: string;
  /** By the ordinal form of the place. */
  readonly place: Plural;
  readonly wait: Plural;
  /** After the place. */
  readonly writeAlready: string;
  readonly reconnecting: string;
  readonly online: string;
  readonly away: string;
  readonly typing: string;
  readonly joined: string;
  readonly requeued: string;
  readonly ended: string;
  /** Why, by the server's reason, where it says more than that it has ended. */
  readonly endedBecause: { readonly queue_timeout: string; readonly inactivity: string; readonly max_duration: string };
  readonly startNew: string;
  readonly newMessages: Plural;
  readonly refused: string;
}
