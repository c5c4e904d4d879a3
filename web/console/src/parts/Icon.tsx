import type { JSX } from 'preact';

const paths = {
  cross: 'M4 4l8 8M12 4l-8 8',
  down: 'M8 3v10M3.500 8.500L8 13l4.500-4.500',
  sound: 'M2.500 6v4H5l3.500 3V3L5 6zM11 5.500a3.500 3.500 0 0 1 0 5M13 3.500a6.500 6.500 0 0 1 0 9',
  silent: 'M2.500 6v4H5l3.500 3V3L5 6zM11 6l3.500 4M14.500 6L11 10',
  bell: 'M4 11.500V7a4 4 0 0 1 8 0v4.500zM2.500 11.500h11M7 14h2',
  more: 'M3.500 6L8 10.500 12.500 6',
} as const;

export function Icon({ name }: { readonly name: keyof typeof paths }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
