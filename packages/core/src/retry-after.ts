/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, section 10.2.3). */
export function readRetryAfter(header: string | null, at: Date): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - at.getTime());
}
