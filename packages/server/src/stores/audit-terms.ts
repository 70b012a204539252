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
/** Organizations whose hashes so far are kept. */
const MAX_KEPT_SCOPES = 1_000;

/**
 * The numbers by which an event is found: one for each value of a field and one for each word of its texts, each hashed together
 * with its organization. One index over them serves every filter and the full text, and holds 8 bytes for a term of any length.
 * Two terms share a number with a chance of 1 in 2^53.
 */
export function termsOf(event: AuditEvent): readonly number[] {
  const scope = event.organizationId ?? '';
  const terms = new Set<number>();
  const { hash, ofFields, ofWords } = beginningsOf(scope);
  const put = (field: AuditTermField, value: string | number | undefined) => {
    if (value === undefined || value === '') return;
    hash.resume(fieldBeginning(ofFields, hash, scope, field));
    hash.take(field === 'userName' ? String(value).toLowerCase() : String(value));
    terms.add(hash.value());
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
    left = addWords(text, left);
    if (left === 0) break;
  }
  return [...terms];

  /** Adds the terms of the words of a text; yields how many may follow. */
  function addWords(text: string, most: number): number {
    let left = most;
    let length = 0;
    for (let i = 0; left > 0 && i <= text.length; i += 1) {
      const unit = i === text.length ? SPACE : text.charCodeAt(i);
      // Few texts have other letters: what those are is for Unicode to say.
      if (unit > 0x7f) return addWordsOfAnyScript(text, most);
      if (isWordUnit(unit)) {
        if (length === 0) hash.resume(ofWords);
        length += 1;
        if (length <= MAX_WORD_CHARACTERS) hash.takeUnit(unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit);
      } else if (length > 0) {
        terms.add(hash.value());
        length = 0;
        left -= 1;
      }
    }
    return left;
  }

  function addWordsOfAnyScript(text: string, most: number): number {
    const words = wordsOf(text).slice(0, most);
    for (const word of words) terms.add(wordTerm(scope, word));
    return most - words.length;
  }
}

const SPACE = 0x20;

/** Of ASCII: a letter, a digit or an underscore. */
function isWordUnit(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f
  );
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

/** A hash half way: what both of its halves are after some text. */
interface Beginning {
  readonly high: number;
  readonly low: number;
}

interface Beginnings {
  readonly hash: TermHash;
  readonly ofWords: Beginning;
  readonly ofFields: Map<AuditTermField, Beginning>;
}

// The organization stands in front of every term, and is hashed once.
const kept = new Map<string, Beginnings>();

function beginningsOf(scope: string): Beginnings {
  const known = kept.get(scope);
  if (known !== undefined) return known;
  const hash = new TermHash();
  hash.take(`${scope}\0`);
  const beginnings = { hash, ofWords: hash.state(), ofFields: new Map<AuditTermField, Beginning>() };
  if (kept.size >= MAX_KEPT_SCOPES) kept.clear();
  kept.set(scope, beginnings);
  return beginnings;
}

function fieldBeginning(
  ofFields: Map<AuditTermField, Beginning>,
  hash: TermHash,
  scope: string,
  field: AuditTermField,
): Beginning {
  const known = ofFields.get(field);
  if (known !== undefined) return known;
  hash.resume(START);
  hash.take(`${scope}\0${field}\0`);
  const beginning = hash.state();
  ofFields.set(field, beginning);
  return beginning;
}

function hashOf(text: string): number {
  const hash = new TermHash();
  hash.take(text);
  return hash.value();
}

const START: Beginning = { high: 0xdeadbeef, low: 0x41c6ce57 };

/**
 * Two 32-bit multiplicative hashes, mixed as MurmurHash3 does at its end, of which 53 bits are taken: a safe integer. Not against
 * an adversary: whoever makes two texts collide has an event of theirs found where it need not be.
 */
class TermHash {
  #high = START.high;
  #low = START.low;

  resume({ high, low }: Beginning): void {
    this.#high = high;
    this.#low = low;
  }

  state(): Beginning {
    return { high: this.#high, low: this.#low };
  }

  take(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.takeUnit(text.charCodeAt(i));
  }

  takeUnit(unit: number): void {
    this.#high = Math.imul(this.#high ^ unit, 0x9e3779b1);
    this.#low = Math.imul(this.#low ^ unit, 0x5f356495);
  }

  value(): number {
    let [high, low] = [this.#high, this.#low];
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    return (low & 0x1fffff) * 0x1_0000_0000 + (high >>> 0);
  }
}
