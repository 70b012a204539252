/** UTF-8 bytes of a text, one character for each. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Go's `url.PathUnescape` and `url.QueryUnescape` on bytes; `undefined` where they fail. */
export function percentDecode(text: string, mode: 'path' | 'form'): string | undefined {
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === '+' && mode === 'form') {
      out += ' ';
    } else if (char === '%') {
      const code = text.slice(i + 1, i + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(code)) return undefined;
      out += String.fromCharCode(Number.parseInt(code, 16));
      i += 2;
    } else {
      out += char;
    }
  }
  return out;
}

/** Most parameters that `url.ParseQuery` takes since Go 1.24.12 and 1.25.6: with more, the query reads as empty. */
const MAX_PARAMETERS = 10_000;

/** Go's `url.ParseQuery` as `URL.Query()` uses it: what can't be read is left out. Values by key, in order. */
export function parseForm(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const pairs = query.split('&');
  if (pairs.length > MAX_PARAMETERS) return values;
  for (const pair of pairs) {
    if (pair === '' || pair.includes(';')) continue;
    const [rawKey = '', ...rawValue] = pair.split('=');
    const key = percentDecode(rawKey, 'form');
    const value = percentDecode(rawValue.join('='), 'form');
    if (key === undefined || value === undefined) continue;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}
