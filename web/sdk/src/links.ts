/** A piece of a text: with `href` where it is a web address. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

/** It ends where a sign stands that is not seen, or that turns the direction: what is seen must be what is followed. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/gi;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * Finds the web addresses (`http:` and `https:` alone) in what somebody wrote, to be shown as links. All parts together are the text as it was.
 * What ends a sentence, or closes a bracket that was opened before the address, is none of it.
 */
export function linksIn(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const href = withoutEnd(found);
    if (!isAddress(href)) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: href, href });
    end = index + href.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function withoutEnd(found: string): string {
  const counts: Record<string, number> = {};
  for (const sign of found) counts[sign] = (counts[sign] ?? 0) + 1;
  let end = found.length;
  for (; end > 0; end--) {
    const last = found.charAt(end - 1);
    const closed = counts[last] ?? 0;
    const opened = counts[CLOSING[last] ?? ''] ?? 0;
    if (CLOSING[last] === undefined ? !/[.,;:!?'…،؛؟。、！？]/.test(last) : closed <= opened) break;
    counts[last] = closed - 1;
  }
  return found.slice(0, end);
}

function isAddress(text: string): boolean {
  try {
    const { hostname, username, password } = new URL(text);
    // With a name before the host, the name is taken for the host.
    return hostname !== '' && username === '' && password === '';
  } catch {
    return false;
  }
}
