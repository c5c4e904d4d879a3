const SIZE = 64;

const MOST = 99;
let shown = 0;

/** Draws the page's icon with what is unread on it; without any it is the icon of the page again. */
export function showIcon(count: number): void {
  const unread = Math.min(count, MOST);
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link || unread === shown) return;
  shown = unread;
  link.dataset.plain ??= link.href;
  const drawn = unread > 0 ? draw(unread) : null;
  link.type = drawn ? 'image/png' : 'image/svg+xml';
  link.href = drawn ?? link.dataset.plain;
}

function draw(unread: number): string | null {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.fillStyle = '#0b5cad';
  context.beginPath();
  context.roundRect(0, 0, SIZE, SIZE, 14);
  context.fill();
  context.fillStyle = '#b3261e';
  context.beginPath();
  context.arc(SIZE / 2, SIZE / 2, 27, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#ffffff';
  context.font = `bold ${unread > 9 ? 32 : 42}px sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(String(unread), SIZE / 2, SIZE / 2 + 3);
  return canvas.toDataURL('image/png');
}
