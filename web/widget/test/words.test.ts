import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseColor, textOn } from '../src/color';
import { launchers, languageOf, type Language } from '../src/languages';
import { panel as ar } from '../src/strings/ar';
import { panel as de } from '../src/strings/de';
import { panel as en } from '../src/strings/en';
import { panel as es } from '../src/strings/es';
import type { PanelStrings } from '../src/strings/types';
import { counted, isRightToLeft, named } from '../src/words';

const panels: Record<Language, PanelStrings> = { en, de, es, ar };

test('a place is said as people say it', () => {
  const places = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 101, 111].map((place) => counted('en', en.place, place, 'ordinal').replace(/\D*(\d+\w\w).*/, '$1'));

  expect(places).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '23rd', '101st', '111th']);
  expect(counted('de', de.place, 3, 'ordinal')).toBe('Sie sind an 3. Stelle');
});

test('a number has the form that its language gives it', () => {
  expect([1, 2, 3, 11, 100].map((count) => counted('ar', launchers.ar.unread, count))).toEqual([
    'رسالة واحدة غير مقروءة',
    'رسالتان غير مقروءتين',
    ...[3, 11, 100].map((count) => counted('ar', { other: count === 3 ? '# رسائل غير مقروءة' : '# رسالة غير مقروءة' }, count)),
  ]);
  expect(counted('en', en.newMessages, 1)).toBe('1 new message');
  expect(counted('en', en.newMessages, 2)).toBe('2 new messages');
});

test('every language says all that has a name with the name', () => {
  for (const strings of Object.values(panels)) for (const sentence of [strings.online, strings.away, strings.typing, strings.joined]) expect(named(sentence, 'Jane')).toContain('Jane');
});

test('a name is put in as it is', () => {
  expect(named('{name} is away', "$& $1 {name} '")).toBe("$& $1 {name} ' is away");
});

test('the first wish that there is wins, by its main language', () => {
  expect(languageOf('de-CH', 'es')).toBe('de');
  expect(languageOf(null, undefined, '', 'fr', 'es_MX', 'de')).toBe('es');
  expect(languageOf('toString', 'constructor')).toBe('en');
  expect(['ar', 'ar-EG', 'arn', 'he', 'en'].map(isRightToLeft)).toEqual([true, true, false, true, false]);
});

test('text on any colour can be read', () => {
  const channel = fc.integer({ min: 0, max: 255 });
  const luminance = (color: readonly number[]): number =>
    color.reduce((sum, part, at) => {
      const share = part / 255;
      return sum + (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4) * ([0.2126, 0.7152, 0.0722][at] ?? 0);
    }, 0);
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), (color) => {
      const own = luminance(color);
      const ratio = textOn(color) === '#000' ? (own + 0.05) / 0.05 : 1.05 / (own + 0.05);
      expect(ratio).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test('a colour is of three or six digits, and anything else is none', () => {
  expect(parseColor('#0b5cad')).toEqual([11, 92, 173]);
  expect(parseColor(' #Fd0 ')).toEqual([255, 221, 0]);
  for (const none of ['', 'red', '#12', '#12345', '#gggggg', 'rgb(1,2,3)', '#0b5cad;}', 'url(x)']) expect(parseColor(none)).toBe(null);
});
