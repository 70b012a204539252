const CLOSING_MS = 600_000;

/** Whether a window is in its last ten minutes or its last tenth, whichever is shorter. */
export function isClosing(startsAt: Date, endsAt: Date, now: Date): boolean {
  const left = endsAt.getTime() - now.getTime();
  return left > 0 && left <= Math.min(CLOSING_MS, (endsAt.getTime() - startsAt.getTime()) / 10);
}
