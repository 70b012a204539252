const MAX_DEPTH = 8;

/** The first of an error and its causes that `is` takes; it looks no deeper than eight. */
export function findCause<Found extends Error>(error: unknown, is: (each: Error) => each is Found): Found | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < MAX_DEPTH; each = each.cause, depth++) {
    if (is(each)) return each;
  }
  return undefined;
}
