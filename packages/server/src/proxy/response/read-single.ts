import { createByteSource } from './byte-source.ts';
import type { Judge } from './judge.ts';
import { readObjectFacts } from './object-facts.ts';
import { isTable, readList } from './read-list.ts';
import { createTransform } from './transform.ts';
import { unreadable } from './unreadable.ts';

/**
 * What may be seen of an answer about one object: the object, its metadata, or a Table with its row. `undefined`: nothing.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE`
 */
export function readSingle(body: Uint8Array, judge: Judge): Uint8Array | undefined {
  const { from, end } = trim(body);
  const { kind, apiVersion, end: objectEnd } = readObjectFacts(body, from, end, false);
  if (objectEnd !== end) throw unreadable('something follows its end');
  if (isTable(kind, apiVersion)) return readTable(body, judge);
  // Deleting an object may be answered with a Status.
  if (kind === 'Status') return body;
  const element = judge.readObject(body, from, end);
  return judge.admits(element) ? judge.showObject(body, from, element) : undefined;
}

function readTable(body: Uint8Array, judge: Judge): Uint8Array | undefined {
  let shownCount = 0;
  const counting: Judge = {
    ...judge,
    admits(row) {
      const isAdmitted = judge.admits(row);
      if (isAdmitted) shownCount += 1;
      return isAdmitted;
    },
  };
  const source = createByteSource(body.length);
  const transform = createTransform(source, (emit) => readList(source, counting, emit));
  const shown = Buffer.concat([transform.push(body), transform.end()]);
  return judge.isFiltering && shownCount === 0 ? undefined : shown;
}

function trim(body: Uint8Array): { readonly from: number; readonly end: number } {
  let from = 0;
  let end = body.length;
  while (from < end && isSpace(body[from])) from += 1;
  while (end > from && isSpace(body[end - 1])) end -= 1;
  if (from === end) throw unreadable('it is empty');
  return { from, end };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
