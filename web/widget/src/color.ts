type Rgb = readonly [number, number, number];

const luminance = (color: Rgb): number => {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** `#rgb` or `#rrggbb`; null for anything else. */
export function parseColor(text: string): Rgb | null {
  const digits = /^#(?:([\da-f]{3})|([\da-f]{6}))$/i.exec(text.trim());
  if (!digits) return null;
  const six = digits[2] ?? [...(digits[1] ?? '')].map((digit) => digit + digit).join('');
  return [0, 2, 4].map((at) => parseInt(six.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Black or white, whichever is easier to read on it: one of them always reaches 4.5 to 1 (WCAG 2.2, 1.4.3). */
export const textOn = (color: Rgb): string => ((luminance(color) + 0.05) / 0.05 > 1.05 / (luminance(color) + 0.05) ? '#000' : '#fff');
