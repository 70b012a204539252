import type { AuditEvent } from '@sallyport/audit';
import type { OrganizationId } from '@sallyport/core';

/** What of an event is found by its exact value. */
export type AuditTermField =
  | 'code'
  | 'severity'
  | 'userName'
  | 'group'
  | 'clusterName'
  | 'namespace'
  | 'resource'
  | 'name'
  | 'verb'
  | 'apiGroup'
  | 'subresource'
  | 'requestId'
  | 'traceId'
  | 'kubectlSession'
  | 'loginSessionId'
  | 'sourceAddress'
  | 'effect'
  | 'ended'
  | 'status'
  | 'errorCode'
  | 'recordingId';

/** Most words of one event that are indexed. The first ones are: names and paths stand before long texts. */
const MAX_WORDS = 200;
/** Words that are longer are found by their beginning of this length. */
const MAX_WORD_CHARACTERS = 64;
const MAX_KEPT_HASHES = 20_000;

/**
 * The numbers by which an event is found: one for each value of a field and one for each word of its texts, each hashed together
 * with its organization. One index over them serves every filter and the full text, and holds 8 bytes for a term of any length.
 * Two terms share a number with a chance of 1 in 2^53.
 */
export function termsOf(event: AuditEvent): readonly number[] {
  const scope = event.organizationId ?? '';
  const terms = new Set<number>();
  const put = (field: AuditTermField, value: string | number | undefined) => {
    if (value !== undefined && value !== '') terms.add(fieldTerm(scope, field, value));
  };
  const { principal, request, decision, outcome } = event;
  const attributes = request?.attributes;
  put('code', event.code);
  put('severity', event.severity);
  put('userName', principal?.userName);
  for (const group of principal?.groups ?? []) put('group', group);
  put('clusterName', event.clusterName);
  put('verb', attributes?.verb);
  if (attributes?.kind === 'resource') {
    put('namespace', attributes.namespace);
    put('resource', attributes.resource);
    put('name', attributes.name);
    put('apiGroup', attributes.apiGroup || 'core');
    put('subresource', attributes.subresource);
  }
  put('requestId', request?.id);
  put('traceId', event.traceId);
  put('kubectlSession', request?.kubectlSession);
  put('loginSessionId', event.loginSessionId);
  put('sourceAddress', event.sourceAddress);
  put('effect', decision?.effect);
  put('ended', outcome?.ended);
  put('status', outcome?.status);
  put('errorCode', outcome?.errorCode);
  put('recordingId', event.recordingId);
  let left = MAX_WORDS;
  for (const text of textsOf(event)) {
    for (const word of wordsOf(text)) {
      if (left-- === 0) return [...terms];
      terms.add(wordTerm(scope, word));
    }
  }
  return [...terms];
}

/** The number of a value of a field. User names are compared in lower case, all else as it is. */
export function fieldTerm(scope: OrganizationId | '', field: AuditTermField, value: string | number): number {
  return hashOf(`${scope}\0${field}\0${field === 'userName' ? String(value).toLowerCase() : value}`);
}

/** The number of a word of {@link wordsOf}. */
export function wordTerm(scope: OrganizationId | '', word: string): number {
  return hashOf(`${scope}\0${word}`);
}

const WORD = /[\p{L}\p{N}_]+/gu;

/** The words of a text as they are searched for: runs of letters, digits and underscores, in lower case. */
export function wordsOf(text: string): readonly string[] {
  const words = text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
  return words.map((word) => word.slice(0, MAX_WORD_CHARACTERS));
}

function* textsOf(event: AuditEvent): Iterable<string> {
  const { principal, request, decision, outcome, details } = event;
  yield event.code;
  if (event.clusterName !== undefined) yield event.clusterName;
  if (principal !== undefined) yield principal.userName;
  if (request !== undefined) {
    yield request.path;
    if (request.kubectlCommand !== undefined) yield request.kubectlCommand;
    if (request.userAgent !== undefined) yield request.userAgent;
  }
  if (event.sourceAddress !== undefined) yield event.sourceAddress;
  yield* decision?.reasons ?? [];
  if (decision?.impersonatedUser !== undefined) yield decision.impersonatedUser;
  if (outcome?.errorCode !== undefined) yield outcome.errorCode;
  if (outcome?.reason !== undefined) yield outcome.reason;
  for (const value of Object.values(details ?? {})) yield* stringsOf(value);
}

function* stringsOf(value: unknown): Iterable<string> {
  if (typeof value === 'string' || typeof value === 'number') yield String(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) yield* stringsOf(part);
}

// Events repeat most of their terms; ids, which don't, come and go.
const kept = new Map<string, number>();

function hashOf(text: string): number {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const hash = hash53(text);
  if (kept.size >= MAX_KEPT_HASHES) kept.clear();
  kept.set(text, hash);
  return hash;
}

/** Two 32-bit multiplicative hashes, mixed as MurmurHash3 does at its end, of which 53 bits are taken: a safe integer. */
function hash53(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (low & 0x1fffff) * 0x1_0000_0000 + (high >>> 0);
}
