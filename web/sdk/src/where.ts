import { ChatError } from './error.js';

/** The addresses must be such; what is none would be tried for ever. @throws ChatError `validation` */
export function checkAddresses(options: { readonly rest: string; readonly gateway: string }): void {
  for (const name of ['rest', 'gateway'] as const) {
    const given = options[name];
    const isAddress = URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
    if (!isAddress) throw new ChatError('validation', `${name} must be a http(s) address, not ${given}.`);
  }
}
