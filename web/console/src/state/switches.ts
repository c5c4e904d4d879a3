import { mayNotify } from './notify';
import { options, setOptions } from './options';
import { allowSound, play } from './sound';

/** Turned on, it is heard at once. */
export function switchSound(): void {
  const sound = !options.value.sound;
  setOptions({ sound });
  if (!sound) return;
  allowSound();
  setTimeout(() => play('message'), 50);
}

/** @returns whether the browser lets them be as the agent wishes */
export async function switchNotifications(): Promise<boolean> {
  const isWanted = !options.value.notifications;
  const isAllowed = !isWanted || (await mayNotify());
  if (isAllowed) setOptions({ notifications: isWanted });
  return isAllowed;
}
