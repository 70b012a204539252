/** A query as pages read it: the first value of each name, as text. */
export type Search = Readonly<Record<string, string>>;

/** Reads a query: plain text, never JSON, so that an address says what it means. The first value of a name counts. */
export function parseSearch(text: string): Search {
  const read: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) read[name] ??= value;
  return read;
}

/** Writes a query; what is empty is left out. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
