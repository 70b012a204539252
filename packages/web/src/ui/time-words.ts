const MINUTE_MS = 60_000;
const UNITS = [
  { ms: 86_400_000, short: 'd', long: 'day' },
  { ms: 3_600_000, short: 'h', long: 'hour' },
  { ms: 60_000, short: 'min', long: 'minute' },
  { ms: 1_000, short: 's', long: 'second' },
] as const;

/** A length of time for tables and buttons: `30 min`, `1 h 18 min`; two units at the most, rounded down. */
export function shortDuration(milliseconds: number): string {
  return unitsOf(milliseconds)
    .map(({ count, short }) => `${count} ${short}`)
    .join(' ');
}

/** A length of time within a sentence: `2 hours`; two units go as in {@link shortDuration}. */
export function longDuration(milliseconds: number): string {
  const [first, second] = unitsOf(milliseconds);
  if (first === undefined || second !== undefined) return shortDuration(milliseconds);
  return `${first.count} ${first.long}${first.count === 1 ? '' : 's'}`;
}

function unitsOf(milliseconds: number) {
  const at = UNITS.findIndex(({ ms }) => milliseconds >= ms);
  if (at < 0) return [{ count: 0, ...UNITS[3] }];
  let rest = milliseconds;
  return UNITS.slice(at, at + 2).flatMap((unit) => {
    const count = Math.floor(rest / unit.ms);
    rest -= count * unit.ms;
    return count === 0 ? [] : [{ count, ...unit }];
  });
}

/** How long ago something was, or how far ahead it lies: `4 min ago`, `in 7 h`, `now`. */
export function distance(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  if (Math.abs(ms) < 60_000) return 'now';
  const [largest] = unitsOf(Math.abs(ms));
  const size = `${largest?.count} ${largest?.short}`;
  return ms < 0 ? `${size} ago` : `in ${size}`;
}

/** How long is left of something, rounded down: whole minutes, and seconds within the last one. */
export function left(until: Date, now: Date): string {
  const ms = Math.max(0, until.getTime() - now.getTime());
  return shortDuration(ms < MINUTE_MS ? ms : Math.floor(ms / MINUTE_MS) * MINUTE_MS);
}

/** A time of day in the reader's zone, with the date where it is not today's: `14:22`, `Sun 07:14`, `12 Aug 14:22`. */
export function clockTime(at: Date, now: Date): string {
  const time = format(at, 'time');
  if (at.toDateString() === now.toDateString()) return time;
  if (Math.abs(at.getTime() - now.getTime()) < 6 * 86_400_000) return `${format(at, 'weekday')} ${time}`;
  return `${format(at, at.getFullYear() === now.getFullYear() ? 'day' : 'dayOfYear')} ${time}`;
}

const FORMS = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  weekday: { weekday: 'short' },
  day: { day: 'numeric', month: 'short' },
  dayOfYear: { day: 'numeric', month: 'short', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

// Making one takes a browser longer than all else in a row of a table, so each is made once, when it is first needed.
const formatters = new Map<keyof typeof FORMS, Intl.DateTimeFormat>();

function format(at: Date, form: keyof typeof FORMS): string {
  const formatter = formatters.get(form) ?? new Intl.DateTimeFormat('en-GB', FORMS[form]);
  formatters.set(form, formatter);
  return formatter.format(at);
}
