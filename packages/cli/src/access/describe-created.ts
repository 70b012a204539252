import { placeText } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { commandLine } from '../output/command-line.ts';
import { neutralise } from '../output/neutralise.ts';
import { shorten } from '../output/text.ts';
import { formatUntil } from '../output/time.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { waitsFor } from './wait-for-access.ts';

/** What {@link describeCreated} needs beside the request. */
export interface DescribeCreatedOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly selection: ProfileSelection;
  /** Whether the command goes on to wait, and tells what for by itself. */
  readonly isWaiting: boolean;
}

const MAX_TEXT = 200;

/** What a person is told about a request that they just made. */
export function describeCreated(
  request: AccessRequestResource,
  { now, selection, isWaiting }: DescribeCreatedOptions,
): readonly string[] {
  const { id, role, scope, objects, duration, grant, state, renews } = request;
  const what = `${role} on ${shorten(placeText(scope, objects), MAX_TEXT)}`;
  if (state === 'approved' && grant?.state === 'active') {
    return isWaiting ? [] : [neutralise(`Granted at once: ${what} ${formatUntil(grant.endsAt, now)}.`)];
  }
  const asked = neutralise(`Asked for ${what} for ${duration}${renews === undefined ? '' : ' more'}.`);
  if (isWaiting) return [asked];
  return [
    asked,
    neutralise(`${id} waits for: ${waitsFor(request, now)}.`),
    `See how it stands, or wait for it:  ${commandLine(['access', 'show', id, '--wait'], selection)}`,
  ];
}
