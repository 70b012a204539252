/**
 * Header fields as they stand on the wire: name, value, name, value … in order, with repeats. Values are
 * latin1-packed: each character is one byte. This is the form of Node's `rawHeaders`, and the only form in which
 * repeated lines and commas inside values survive.
 */
export type RawHeaders = readonly string[];

/** First value of the field `name` (given in lower case), or `undefined`. */
export function firstHeader(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}

/** All values of the field `name` (given in lower case), in order. */
export function allHeaders(headers: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === name) values.push(headers[i + 1] as string);
  }
  return values;
}

/** Packs text into a header value: its UTF-8 bytes, one character each. kube-apiserver reads the bytes as UTF-8. */
export function packHeaderValue(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
