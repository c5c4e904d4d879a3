import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linksIn } from '../src/links.js';

const hrefs = (text: string): (string | undefined)[] => linksIn(text).flatMap(({ href }) => (href === undefined ? [] : [href]));

test.each([
  ['see https://example.org/a?b=c#d.', ['https://example.org/a?b=c#d']],
  ['(https://example.org/wiki/Lamp_(desk))', ['https://example.org/wiki/Lamp_(desk)']],
  ['HTTP://EXAMPLE.ORG, then http://two.example!', ['HTTP://EXAMPLE.ORG', 'http://two.example']],
  ['انظر https://example.org/؟', ['https://example.org/']],
  ['https://例え.jp/パス。', ['https://例え.jp/パス']],
  ['<a href="https://example.org/x">', ['https://example.org/x']],
  ['https://example.org/\u202egnp.exe', ['https://example.org/']],
  ['https://exam\u200bple.org/', ['https://exam']],
])('%j leads to what is an address in it', (text, expected) => {
  expect(hrefs(text)).toEqual(expected);
});

test.each(['javascript:alert(1)', 'example.org', 'ftp://example.org', 'https://', 'http://:80', 'xhttps://example.org', 'data:text/html,https', 'https:///', 'https://good.example@evil.example/', 'https://:pass@evil.example'])('%j leads nowhere', (text) => {
  expect(hrefs(text)).toEqual([]);
});

test('nothing of a text is lost or made anew, and every address is one of the web', () => {
  const piece = fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom('https://', 'http://a', '(', ')', '.', ' ', '\n', '\u202e', 'javascript:'));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const parts = linksIn(text);
      expect(parts.map((part) => part.text).join('')).toBe(text);
      for (const { text, href } of parts) {
        expect(text).not.toBe('');
        if (href !== undefined) expect([text, /^https?:$/.test(new URL(href).protocol)]).toEqual([href, true]);
      }
    }),
  );
});

test('of brackets without end only those that were opened count', () => {
  expect(hrefs(`https://a/((${')'.repeat(4000)}`)).toEqual(['https://a/(())']);
});
