import { LOCAL_ISSUER, type OrganizationId, type Principal, type PrincipalId } from '@sallyport/core';
import type { Subject } from './policy.ts';

/** A document that selects principals, ready to be found. */
export interface Selecting {
  readonly organizationId: OrganizationId;
  readonly subjects: 'everyone' | readonly Subject[];
  /** Its place among all of its kind by id, so that no decision compares ids. */
  readonly order: number;
}

/** Finds documents by the principals that they select. */
export interface SubjectIndex<Document extends Selecting> {
  /** Those that select a principal, each once, in their order. */
  of(principal: Principal): readonly Document[];
  /** Those that name a subject. */
  naming(subject: Subject): readonly Document[];
}

/** Indexes documents by subject. */
export function indexBySubject<Document extends Selecting>(documents: Iterable<Document>): SubjectIndex<Document> {
  const byPrincipal = new Map<PrincipalId, Document[]>();
  /** By issuer, then by name. */
  const byGroup = new Map<string, Map<string, Document[]>>();
  const forEveryone = new Map<OrganizationId, Document[]>();
  for (const document of documents) {
    if (document.subjects === 'everyone') {
      append(forEveryone, document.organizationId, document);
      continue;
    }
    for (const subject of document.subjects) {
      if (subject.kind === 'principal') append(byPrincipal, subject.id, document);
      else if (subject.kind === 'group') {
        append(
          getOrCreate(byGroup, subject.issuer, () => new Map<string, Document[]>()),
          subject.name,
          document,
        );
      }
    }
  }

  return {
    of(principal) {
      const found = new Set<Document>();
      const add = (documents: readonly Document[] | undefined) => {
        for (const document of documents ?? []) {
          if (document.organizationId === principal.organizationId) found.add(document);
        }
      };
      const addGroups = (issuer: string, names: readonly string[] | undefined) => {
        const byName = byGroup.get(issuer);
        // Text would be read letter by letter.
        if (byName === undefined || !Array.isArray(names)) return;
        for (const name of names) add(byName.get(name));
      };
      add(forEveryone.get(principal.organizationId));
      add(byPrincipal.get(principal.id));
      const { issuer, groups, localGroups } = principal;
      // What comes with a token never counts as a group of the organization itself, also where its issuer is the organization.
      if (issuer !== LOCAL_ISSUER) addGroups(issuer, groups);
      addGroups(LOCAL_ISSUER, localGroups);
      return [...found].sort((a, b) => a.order - b.order);
    },
    naming(subject) {
      const named =
        subject.kind === 'principal' ? byPrincipal.get(subject.id) : byGroup.get(subject.issuer)?.get(subject.name);
      return [...new Set(named)];
    },
  };
}

/** Values by key, in the order in which they come. */
export function groupBy<Key, Value>(
  values: Iterable<Value>,
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) append(groups, keyOf(value), value);
  return groups;
}

function getOrCreate<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  getOrCreate(map, key, () => []).push(value);
}
