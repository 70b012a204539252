import { formatDuration, isCodedError, parseDuration } from '@sallyport/core';
import type { AuthorityRecords } from '../authority/gift.ts';
import { placesOf } from '../authority/place.ts';
import { describeScopeProblem } from '../compile-scope.ts';
import { showWord } from '../describe.ts';
import { namespaceOf } from '../grants/compile-grant.ts';
import type { GrantedObject, Scope } from '../policy.ts';
import { MAX_GRANT_MS } from '../requests/request-policy-problems.ts';
import { type Refusal, refuse } from './refusal.ts';

/** Reads a duration in the form of `parseDuration`. Nothing that can't be read is ever replaced by a default. */
export function readDuration(text: unknown): number | Refusal {
  const example = 'Write whole numbers with the units s, m, h or d, for example 30m or 1h30m.';
  if (typeof text !== 'string') return refuse('durationInvalid', 'the duration is not text', example);
  const said = showWord(text);
  let milliseconds: number;
  try {
    milliseconds = parseDuration(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return refuse('durationInvalid', `${said} is not a duration`, example);
  }
  if (milliseconds <= 0) return refuse('durationInvalid', `${said} is not longer than nothing`, example);
  if (milliseconds > MAX_GRANT_MS) {
    return refuse(
      'durationInvalid',
      `${formatDuration(milliseconds)} is longer than any grant, limit is ${formatDuration(MAX_GRANT_MS)}`,
    );
  }
  return milliseconds;
}

/** Why a start can't be taken; `undefined` for one that can, or for none. */
export function startProblem(startsAt: Date | undefined, at: Date): Refusal | undefined {
  if (startsAt === undefined) return undefined;
  if (!(startsAt instanceof Date) || Number.isNaN(startsAt.getTime()))
    return refuse('startInvalid', 'the start can not be read');
  return startsAt < at ? refuse('startInvalid', `the start ${startsAt.toISOString()} is before now`) : undefined;
}

/** Why a place can't be taken: it is malformed, or names what is not there; `undefined` for a sound one. */
export function placeProblem(
  { clusters, projects }: Pick<AuthorityRecords, 'clusters' | 'projects'>,
  organizationId: string,
  scope: Scope,
  objects: readonly GrantedObject[] | undefined,
): Refusal | undefined {
  const problem = describeScopeProblem(scope);
  if (problem !== undefined) return refuse('placeInvalid', `the scope ${problem}`);
  if (scope.kind === 'installation') return refuse('placeInvalid', 'the installation is nothing to ask for');
  for (const place of placesOf(scope, clusters)) {
    if (place.kind === 'cluster' && place.cluster?.organizationId !== organizationId) {
      return refuse('placeInvalid', 'the scope names a cluster that is not there');
    }
    if (place.kind === 'project' && !projects.has(place.projectId)) {
      return refuse('placeInvalid', 'the scope names a project that is not there');
    }
  }
  return objects === undefined ? undefined : objectsProblem(scope, objects);
}

function objectsProblem(scope: Scope, objects: readonly GrantedObject[]): Refusal | undefined {
  if (objects.length === 0) return refuse('placeInvalid', 'the list of objects is empty');
  const namespaces = 'namespaces' in scope && scope.namespaces?.kind === 'names' ? scope.namespaces.names : undefined;
  const outside = objects.find((one) => namespaces !== undefined && !namespaces.includes(namespaceOf(one)));
  if (outside === undefined) return undefined;
  return refuse(
    'placeInvalid',
    `${showWord(outside.resource)} ${showWord(outside.name)} is outside of the namespaces that are asked for`,
  );
}
