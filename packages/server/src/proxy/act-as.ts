import type { ActAs } from '@sallyport/authz';
import { describeNameProblem, type OrganizationId, type RawHeaders, type RequestAttributes } from '@sallyport/core';
import type { Snapshot } from '../snapshot.ts';
import { isImpersonationHeader } from './headers.ts';
import type { Refusal } from './refusal.ts';

/** Whom a request asks to act as, by name. */
export type ActAsNames = Pick<ActAs, 'userName' | 'groups'>;

/** Most `Impersonate-Group` lines. Each is decided on, so there is an end to them; people who use --as-group name a few. */
const MAX_GROUPS = 64;

/**
 * Reads `Impersonate-User` and `Impersonate-Group` (kubectl --as, --as-group). `undefined`: the request acts as its caller.
 * Everything else that begins alike is refused by its prefix, known to us or not, and so is what readers of these headers
 * disagree on: a second user, groups without a user, an empty name.
 */
export function readActAs(headers: RawHeaders): ActAsNames | Refusal | undefined {
  const users: string[] = [];
  const groups: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isImpersonationHeader(name)) continue;
    const lower = name.toLowerCase();
    const lines = lower === 'impersonate-user' ? users : lower === 'impersonate-group' ? groups : undefined;
    if (lines === undefined) return refused('of acting as somebody else, only --as and --as-group are served here');
    const value = textOf(headers[i + 1] as string);
    const problem = value === undefined ? 'is not UTF-8' : describeNameProblem(value);
    if (value === undefined || problem !== undefined) return refused(`the name to act under ${problem}`);
    lines.push(value);
  }
  const [userName, ...others] = users;
  if (groups.length > MAX_GROUPS)
    return refused(`${groups.length} groups to act with are too many, limit is ${MAX_GROUPS}`);
  if (userName === undefined)
    return groups.length === 0 ? undefined : refused('groups to act with come without a user');
  if (others.length > 0) return refused('the request names two users to act as');
  return { userName, groups };
}

/** Finds the principal of a name in the caller's organization. A name that is written otherwise is somebody else's. */
export function resolveActAs(
  names: ActAsNames,
  snapshot: Pick<Snapshot, 'find'>,
  organizationId: OrganizationId,
): ActAs {
  const principal = snapshot.find('Principal', names.userName, organizationId);
  return principal?.userName === names.userName ? { ...names, principal } : names;
}

/** What somebody has to be allowed in order to act so, in the words of Kubernetes. */
export function actingActions({ userName, groups }: ActAsNames): readonly RequestAttributes[] {
  const named = [{ resource: 'users', name: userName }, ...groups.map((name) => ({ resource: 'groups', name }))];
  return named.map(({ resource, name }) => ({
    kind: 'resource',
    verb: 'impersonate',
    apiGroup: '',
    apiVersion: 'v1',
    resource,
    subresource: '',
    namespace: '',
    name,
    remainder: '',
    path: '',
  }));
}

/** The refusal of a request to act as somebody else. */
export function impersonationRefusal(message: string): Refusal {
  return { code: 'ERR_PROXY_IMPERSONATION_REFUSED', message };
}

function refused(what: string): Refusal {
  return impersonationRefusal(`${what}. Leave --as, --as-group and --as-uid out, or ask an administrator.`);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Header values come as one character for each byte; names are UTF-8. */
function textOf(value: string): string | undefined {
  try {
    return UTF8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}
