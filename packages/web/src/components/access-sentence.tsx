import type { AccessRequestResource } from '@sallyport/core/api';
import type { ReactNode } from 'react';
import { longDuration, placeOf } from '../api/words.ts';

/** What {@link AccessSentence} says. */
export interface AccessSentenceProps {
  /** Who, with the verb: `dev needs`. */
  readonly children: ReactNode;
  readonly role: string;
  readonly scope: AccessRequestResource['scope'];
  readonly durationMs: number | undefined;
}

/** Access as one sentence: **developer** on **demo** in **shop** for **1 hour**. */
export function AccessSentence({ children, role, scope, durationMs }: AccessSentenceProps) {
  const place = placeOf(scope);
  return (
    <>
      {children} <Slot words={[role]} /> on <Slot words={place.on} />
      {place.in.length > 0 && (
        <>
          {' '}
          in <Slot words={place.in} />
        </>
      )}
      {durationMs !== undefined && (
        <>
          {' '}
          for <strong>{longDuration(durationMs)}</strong>
        </>
      )}
    </>
  );
}

/** Names within the sentence. A name that is not known yet is a gap. */
function Slot({ words }: { readonly words: readonly string[] }) {
  return words.map((word, index) => (
    <span key={word}>
      {index > 0 && (index === words.length - 1 ? ' and ' : ', ')}
      {word === '' ? <span className="slot-empty">…</span> : <bdi className="slot">{word}</bdi>}
    </span>
  ));
}
