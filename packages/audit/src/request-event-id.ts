import { sha256 } from '@noble/hashes/sha2.js';
import { type AuditEventId, type DecisionId, parseId } from '@sallyport/core';

/** The two events that a proxied request has: that it began, and what came of it, whoever tells it first. */
export type RequestStage = 'started' | 'outcome';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME = /_(.{10})/;
const RANDOM_CHARACTERS = 16;
const encoder = new TextEncoder();

/**
 * Id of the event of a stage of a proxied request. It follows from the id of its decision, so that a second account of one
 * request (`completed` by the server that carried it, `interrupted` by one that found it dead) is the event that is there
 * already. Sorts as the decision does; the rest is of SHA-256.
 */
export function requestEventId(decisionId: DecisionId, stage: RequestStage): AuditEventId {
  const hash = sha256(encoder.encode(`${decisionId} ${stage}`));
  let id = `evt_${TIME.exec(decisionId)?.[1]}`;
  for (let i = 0; i < RANDOM_CHARACTERS; i++) id += ALPHABET[(hash[i] ?? 0) % ALPHABET.length];
  return parseId('auditEvent', id);
}
