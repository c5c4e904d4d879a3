export interface Notice {
  /** A later one with the same tag takes its place. */
  readonly tag: string;
  readonly title: string;
  readonly body: string;
  pressed(): void;
}

export function notify({ tag, title, body, pressed }: Notice): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  try {
    const notification = new Notification(title, { tag, body: body.slice(0, 200), silent: true });
    notification.addEventListener('click', () => {
      window.focus();
      notification.close();
      pressed();
    });
  } catch {
    // Some phones have the name and refuse the call.
  }
}

/** Asks once, by the agent's own wish. @returns whether notifications may be shown */
export async function mayNotify(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  return Notification.permission === 'granted' || (await Notification.requestPermission()) === 'granted';
}
