const SECOND_MS = 1_000;

/**
 * When a grant ends that may last until `latestMs`, both in milliseconds since the epoch: with the whole second before that,
 * since what agents are shown (`exp` of RFC 7519 as they write it) counts in seconds, and everybody is to see the same end. Not
 * rounded where that would leave nothing of the grant.
 */
export function grantEnd(startsAtMs: number, latestMs: number): Date {
  const wholeMs = Math.floor(latestMs / SECOND_MS) * SECOND_MS;
  return new Date(wholeMs > startsAtMs ? wholeMs : latestMs);
}
