import type { JSX } from 'preact';
import { parts, type Sentence } from '../words/fill';
import { clock as clockTime, fullTime } from '../words/times';

/** A sentence in which each name keeps its own direction. */
export function Words({ of }: { readonly of: Sentence }): JSX.Element {
  return <>{parts(of).map(({ text, isValue }, index) => (isValue ? <bdi key={index}>{text}</bdi> : text))}</>;
}

export function Time({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  );
}
