import { clockTime, distance } from '../api/words.ts';

/** An instant in the reader's zone; the whole of it on hover. */
export function Time({
  at,
  now,
  form = 'clock',
}: {
  readonly at: Date;
  readonly now: Date;
  readonly form?: 'clock' | 'distance';
}) {
  return (
    <time dateTime={at.toISOString()} title={at.toISOString()}>
      {form === 'clock' ? clockTime(at, now) : distance(at, now)}
    </time>
  );
}
