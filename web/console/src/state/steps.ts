/** The next one that is wanted, round and round; from nowhere, the first or the last. */
export function stepTo<T>(all: readonly T[], from: number, by: 1 | -1, isWanted: (one: T) => boolean): T | undefined {
  const start = from >= 0 ? from : by > 0 ? -1 : all.length;
  for (let step = 1; step <= all.length; step++) {
    const one = all[(((start + by * step) % all.length) + all.length) % all.length];
    if (one !== undefined && isWanted(one)) return one;
  }
  return undefined;
}
