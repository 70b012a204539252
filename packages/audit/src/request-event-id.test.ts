import { createId, type DecisionId, isId } from '@sallyport/core';
import { expect, it } from 'vitest';
import { requestEventId } from './request-event-id.ts';

it('gives each stage of each request one id, for ever the same', () => {
  const id = 'dec_01k00000000000000000000001' as DecisionId;
  expect(requestEventId(id, 'started')).toBe('evt_01k0000000yvyk3hs7bhya0b8f');
  expect(requestEventId(id, 'outcome')).toBe('evt_01k00000007x5a23rkebykzae1');
  const ids = Array.from({ length: 1_000 }, () => createId('decision')).flatMap((decisionId) => [
    requestEventId(decisionId, 'started'),
    requestEventId(decisionId, 'outcome'),
  ]);
  expect(new Set(ids).size).toBe(2_000);
  expect(ids.every((one) => isId('auditEvent', one))).toBe(true);
});

it('sorts events as their requests began', () => {
  const earlier = requestEventId(createId('decision', 1_000), 'outcome');
  const later = requestEventId(createId('decision', 1_001), 'started');
  expect(earlier < later).toBe(true);
});
