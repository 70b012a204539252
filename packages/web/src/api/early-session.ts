/**
 * A `fetch` for the question who is signed in: its first answer is the one that `public/early.js` has asked for, while the scripts of
 * the page were still on their way.
 */
export const fetchSession: typeof fetch = (input, init) => {
  const scope = globalThis as { earlySession?: Promise<Response> };
  const { earlySession } = scope;
  delete scope.earlySession;
  // Where pages are developed, what answers is put in the place of `fetch` later than that.
  return earlySession === undefined || import.meta.env.DEV ? fetch(input, init) : earlySession;
};
