import { readFileSync } from 'node:fs';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '@sallyport/core/canonical-json';
import { expect, test } from 'vitest';
import { entryOf, leafHash } from './hash.ts';

interface LeafVector {
  readonly salt: string;
  readonly event: unknown;
  readonly canonical: string;
  readonly entry: string;
  readonly leaf: string;
}

const path = new URL('../../testdata/leaf.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as readonly LeafVector[];

test.each(vectors)('an event becomes the leaf $leaf', ({ salt, event, canonical, entry, leaf }) => {
  expect(canonicalJson(event)).toBe(canonical);
  expect(bytesToHex(entryOf(hexToBytes(salt), event))).toBe(entry);
  expect(bytesToHex(leafHash(hexToBytes(salt), event))).toBe(leaf);
});
