import { LOCAL_ISSUER } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { Subject } from '../policy.ts';
import type { Directory } from './directory.ts';

/** A subject as documents write it. */
export type SubjectSpec = KindSpec<'Binding'>['subjects'][number];

/**
 * The principals that a subject of a document selects. A group of a provider need not be known yet: the first who signs in
 * with it will be in it.
 * @throws whatever `directory.missing` makes, when it names nobody
 */
export function readSubject(subject: SubjectSpec, path: string, directory: Directory): Subject {
  if (subject.kind !== 'Group') {
    const id = directory.principalId(subject.kind, subject.name);
    if (id === undefined) throw directory.missing(`${path}.name`, subject.kind, subject.name);
    return { kind: 'principal', id };
  }
  const { name, identityProvider } = subject;
  if (identityProvider === undefined) {
    if (!directory.hasGroup(name)) throw directory.missing(`${path}.name`, 'Group', name);
    return { kind: 'group', issuer: LOCAL_ISSUER, name };
  }
  const issuer = directory.issuerOf(identityProvider);
  if (issuer === undefined) throw directory.missing(`${path}.identityProvider`, 'IdentityProvider', identityProvider);
  return { kind: 'group', issuer, name };
}
