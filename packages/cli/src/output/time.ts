const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Writes a span in its two largest units, rounded down: `1h30m`, `42m`, `9s`. Seconds stand alone. */
export function formatSpan(milliseconds: number): string {
  const at = UNITS.findIndex(([, size]) => milliseconds >= size);
  const [unit, size] = UNITS[at] ?? ['s', 1_000];
  const count = Math.floor(Math.max(0, milliseconds) / size);
  const [lower, lowerSize] = UNITS[at + 1] ?? ['s', 1_000];
  const rest = at === -1 || lower === 's' ? 0 : Math.floor((milliseconds - count * size) / lowerSize);
  return `${count}${unit}${rest === 0 ? '' : `${rest}${lower}`}`;
}

const JUST_NOW_MS = 10_000;

const two = (value: number) => String(value).padStart(2, '0');

/** Writes an instant as a person's clock shows it: `15:04`, with the day in front unless that is the day of `now`. */
export function formatMoment(at: Date, now: number): string {
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const today = new Date(now);
  return at.toDateString() === today.toDateString()
    ? time
    : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** Writes how long something lasts: `until 15:04 (42m left)`. A second that has begun counts: an hour that just began is 1h. */
export function formatUntil(endsAt: Date, now: number): string {
  const leftMs = Math.ceil((endsAt.getTime() - now) / 1_000) * 1_000;
  return `until ${formatMoment(endsAt, now)} (${leftMs > 0 ? `${formatSpan(leftMs)} left` : 'over'})`;
}

/** Writes when something was: `14:22 (42m ago)`. Clocks differ: a moment that lies ahead is just now. */
export function formatAgo(at: Date, now: number): string {
  const agoMs = now - at.getTime();
  return `${formatMoment(at, now)} (${agoMs < JUST_NOW_MS ? 'just now' : `${formatSpan(agoMs)} ago`})`;
}
