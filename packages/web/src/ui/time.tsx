import { clockTime, distance } from './time-words.ts';
import { useNow } from './use-now.ts';

/** An instant in the reader's zone; the whole of it on hover. */
export function Time({ at, form = 'clock' }: { readonly at: Date; readonly form?: 'clock' | 'distance' }) {
  const now = useNow();
  return (
    <time dateTime={at.toISOString()} title={fullTime(at)} className="tabular-nums">
      {form === 'clock' ? clockTime(at, now) : distance(at, now)}
    </time>
  );
}

/** ISO 8601 with the reader's zone. */
function fullTime(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${local} ${minutes < 0 ? '−' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
