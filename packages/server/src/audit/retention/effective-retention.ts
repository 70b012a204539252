import { parseDuration } from '@sallyport/core';
import { RETAINED, type Retained } from '@sallyport/core/api';

/**
 * How long what is kept unless an organization says otherwise: requests and what else comes in masses for a year, what says who
 * could do what, and who made it so, for seven.
 */
export const DEFAULT_RETENTION: Readonly<Record<Retained, string>> = {
  proxy: '365d',
  agent: '365d',
  notification: '365d',
  recording: '365d',
  server: '365d',
  login: '2555d',
  session: '2555d',
  identity: '2555d',
  access: '2555d',
  admin: '2555d',
  key: '2555d',
  audit: '2555d',
  recordings: '365d',
};

/** What applies, with the defaults for what was not set. */
export function effectiveRetention(spec: Readonly<Record<string, string | undefined>>): Record<Retained, string> {
  return Object.fromEntries(RETAINED.map((name) => [name, spec[name] ?? DEFAULT_RETENTION[name]])) as Record<
    Retained,
    string
  >;
}

/** Until when something ends that is kept for so long; `undefined`: it never does. */
export function endOf(kept: string, at: Date): Date | undefined {
  return kept === 'forever' ? undefined : new Date(at.getTime() - parseDuration(kept));
}
