import { formatAuditEvent } from '@sallyport/audit';
import { leafHash } from '@sallyport/audit/proof';
import { anAuditEvent } from '@sallyport/audit/testing';
import { expect, it } from 'vitest';
import { makeAuditLeaf } from './audit-leaf.ts';

it('makes the leaf that the proof library expects, under a salt of its own each time', () => {
  const line = formatAuditEvent(anAuditEvent({ details: { name: 'Ännchen \u202e "a"', count: 1.5 } }));
  const leaves = Array.from({ length: 600 }, () => makeAuditLeaf(line));
  for (const { salt, hash } of leaves) expect(hash).toEqual(leafHash(salt, JSON.parse(line)));
  expect(new Set(leaves.map(({ salt }) => Buffer.from(salt).toString('hex')))).toHaveProperty('size', 600);
});
