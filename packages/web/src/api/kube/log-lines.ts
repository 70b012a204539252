/** A line of a log that was asked for with `timestamps=true`. */
export interface LogLine {
  /** Counts up; names the line while it is shown. */
  readonly number: number;
  /** The container that wrote it, where several are read. */
  readonly source?: string;
  readonly at: Date | undefined;
  readonly text: string;
  /** What the line says of its own weight, where it says so in a usual way. */
  readonly level: 'error' | 'warn' | 'plain';
}

/** Lines that are kept; older ones go. */
export const MAX_LOG_LINES = 5_000;

const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?(.*)$/s;
const ERROR = /\b(?:error|fatal|panic|ERR)\b|"level":"(?:error|fatal)"|^[EF]\d{4} /i;
const WARN = /\b(?:warn|warning)\b|^W\d{4} /i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const COLOUR = /\u001b\[[0-9;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Reads a line. Colours are left out, and what would write elsewhere on a terminal, or turn text around, is shown as a sign. */
export function readLogLine(line: string, number: number): LogLine {
  const [, stamp, rest = line] = STAMPED.exec(line) ?? [];
  const text = rest.replace(COLOUR, '').replace(CONTROL, '\ufffd');
  const level = ERROR.test(text) ? 'error' : WARN.test(text) ? 'warn' : 'plain';
  return { number, at: stamp === undefined ? undefined : new Date(stamp), text, level };
}

/** Path and query of a container's log. */
export function logPath(
  podPath: string,
  options: {
    readonly container?: string | undefined;
    readonly previous: boolean;
    readonly follow: boolean;
    /** Lines from the end. Absent: all of them. */
    readonly tail?: number;
  },
): string {
  const query = new URLSearchParams({ timestamps: 'true' });
  if (options.tail !== undefined) query.set('tailLines', String(options.tail));
  if (options.container !== undefined) query.set('container', options.container);
  if (options.previous) query.set('previous', 'true');
  if (options.follow && !options.previous) query.set('follow', 'true');
  return `${podPath}/log?${query}`;
}
