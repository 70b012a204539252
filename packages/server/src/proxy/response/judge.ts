import { isSecret, maskRow, maskSecrets } from './mask.ts';
import { isNull, type ObjectFacts, readObjectFacts } from './object-facts.ts';
import { memberNames, rangesFor, scanMembers, textOf } from './scan-members.ts';
import { unreadable } from './unreadable.ts';
import type { View } from './view.ts';

/** What is done to the objects of an answer. */
export interface AnswerRules {
  /** Which objects may be seen. Absent: all. */
  readonly view?: View;
  /** Whether the data of Secrets is hidden. */
  readonly isMasking: boolean;
  /** Whether the request is for Secrets, so that bare metadata in the answer is theirs. */
  readonly areSecrets: boolean;
  /** Whether the request is for namespaces: as for kube-apiserver, each is in itself. */
  readonly areNamespaces: boolean;
}

/** Looks at objects one by one. */
export interface Judge {
  /** Whether objects can be hidden at all. */
  readonly isFiltering: boolean;
  /** Reads the object at `from`. @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE`, also when it ends behind `limit` */
  readObject(bytes: Uint8Array, from: number, limit: number): Element;
  /** Reads the row of a Table at `from`. */
  readRow(bytes: Uint8Array, from: number, limit: number): Element;
  admits(element: Element): boolean;
  /** The bytes of an object as they go on, its own or masked ones. `listKind` is that of the list around it, once known. */
  showObject(bytes: Uint8Array, from: number, element: Element, listKind?: string): Uint8Array;
  showRow(bytes: Uint8Array, from: number, element: Element): Uint8Array;
}

/** An object, or a row of a Table. */
export interface Element {
  /** Absent for a row that carries no object. */
  readonly facts?: ObjectFacts;
  /** Index behind it. */
  readonly end: number;
}

const ROW = memberNames('object');
const rowRanges = rangesFor(ROW);

/** Makes a judge of one answer. */
export function createJudge(rules: AnswerRules): Judge {
  const { view, isMasking, areSecrets, areNamespaces } = rules;
  const wantsLabels = view?.readsLabels === true;

  function readObject(
    bytes: Uint8Array,
    from: number,
    limit: number,
  ): { readonly facts: ObjectFacts; readonly end: number } {
    const facts = readObjectFacts(bytes, from, limit, wantsLabels);
    return { facts: areNamespaces ? { ...facts, namespace: facts.name } : facts, end: facts.end };
  }

  return {
    isFiltering: view !== undefined,
    readObject,
    readRow(bytes, from, limit) {
      const end = scanMembers(bytes, from, limit, ROW, rowRanges);
      const objectAt = rowRanges[0] as number;
      if (objectAt >= 0 && !isNull(bytes, objectAt)) return { facts: readObject(bytes, objectAt, end).facts, end };
      if (view !== undefined) throw unreadable('a row of a table does not say what it is about');
      return { end };
    },
    admits: ({ facts }) => view === undefined || (facts !== undefined && view.admits(facts)),
    showObject(bytes, from, { facts, end }, listKind) {
      const kind = facts?.kind ?? '';
      const areMasked = areSecrets || listKind === 'SecretList' || (kind === '' && listKind === undefined);
      const isMasked = isMasking && (areMasked || kind.endsWith('List') || (facts !== undefined && isSecret(facts)));
      if (!isMasked) return bytes.subarray(from, end);
      return encode(maskSecrets(JSON.parse(textOf(bytes, from, end)), areMasked));
    },
    showRow(bytes, from, { facts, end }) {
      const isMasked = isMasking && facts !== undefined && (areSecrets || isSecret(facts));
      return isMasked ? encode(maskRow(JSON.parse(textOf(bytes, from, end)), areSecrets)) : bytes.subarray(from, end);
    },
  };
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
