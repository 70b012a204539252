import type { AccessRequestResource } from '@sallyport/core/api';
import type { ReactNode } from 'react';
import { longDuration, shortDuration } from '../ui/time-words.ts';
import { placeOf } from './place-words.ts';

/** What {@link AccessSentence} says. */
export interface AccessSentenceProps {
  /** Who, with the verb: `dev needs`. */
  readonly children?: ReactNode;
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
          for <strong className="text-ink">{longDuration(durationMs)}</strong>
        </>
      )}
    </>
  );
}

/** The short form: **edit** on prod-eu / payments for 2 h. */
export function AccessPhrase({
  role,
  scope,
  durationMs,
}: Omit<AccessSentenceProps, 'children' | 'durationMs'> & { readonly durationMs?: number }) {
  const place = placeOf(scope);
  return (
    <span className="text-ink-3">
      <bdi className="font-medium text-ink">{role}</bdi> on <bdi className="text-ink">{place.on.join(', ')}</bdi>
      {place.in.length > 0 && (
        <>
          {' / '}
          <bdi className="text-ink">
            {place.in.length > 2 ? `${place.in[0]}, +${place.in.length - 1}` : place.in.join(', ')}
          </bdi>
        </>
      )}
      {durationMs !== undefined && (
        <>
          {' for '}
          <span className="text-ink">{shortDuration(durationMs)}</span>
        </>
      )}
    </span>
  );
}

/** Names within the sentence. A name that is not known yet is a gap. */
function Slot({ words }: { readonly words: readonly string[] }) {
  return words.map((word, index) => (
    <span key={word}>
      {index > 0 && (index === words.length - 1 ? ' and ' : ', ')}
      {word === '' ? <span className="text-ink-3">…</span> : <bdi className="font-semibold text-ink">{word}</bdi>}
    </span>
  ));
}
