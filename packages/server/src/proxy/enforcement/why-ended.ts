import { compileScope, type Deny, type Reason, type Scope } from '@sallyport/authz';
import { type BindingId, type Cluster, type GrantId, LOCAL_ISSUER, type Principal } from '@sallyport/core';
import type { Snapshot } from '../../snapshot.ts';
import type { Admission } from '../admit.ts';
import type { Authenticated } from '../authenticate.ts';

/** As many causes are told; the rest are counted. */
const MAX_CAUSES = 3;

/**
 * Why a credential that was good has nothing live behind it any more; `undefined` when nothing of that has gone. `before` is
 * what was live then.
 */
export function whyNotLive(before: Authenticated, snapshot: Snapshot, at: Date): string | undefined {
  const { principal, session, credential, cluster } = before;
  const who = snapshot.principals.get(principal.id);
  if (who === undefined) return `${showText(principal.userName)} was removed`;
  if (who.isDisabled) return `${showText(principal.userName)} is disabled`;
  if (session !== undefined && !snapshot.loginSessions.has(session.id) && session.expiresAt > at) {
    return 'the login session was ended';
  }
  if (session !== undefined && session.expiresAt <= at) return `the login session ended ${instant(session.expiresAt)}`;
  if (snapshot.revokedCredentials.has(credential.credentialId)) return 'the credential was revoked';
  return snapshot.clusters.has(cluster.id) ? undefined : `cluster ${showText(cluster.name)} was removed`;
}

/**
 * Why a request that was allowed is denied: what each of the bindings and grants that it went by came to. When one of them is
 * as it was, something else stands in the way, and the denial itself says what.
 *
 * @param now the principal as it is
 */
export function whyDenied(before: Admission, now: Principal, denied: Deny, snapshot: Snapshot, at: Date): string {
  const causes = causesOf(before, now, snapshot, at);
  if (causes.length > 0 && !causes.includes(undefined)) return joined(causes);
  return denied.reasons.map(({ message }) => message).join('; ');
}

/**
 * Why a request is allowed as somebody else, or on other terms, than it was: what any of the bindings and grants that it went
 * by came to. `undefined` when they are all as they were.
 */
export function whyChanged(before: Admission, now: Principal, snapshot: Snapshot, at: Date): string | undefined {
  const causes = causesOf(before, now, snapshot, at);
  return causes.some((cause) => cause !== undefined) ? joined(causes) : undefined;
}

function causesOf(before: Admission, now: Principal, snapshot: Snapshot, at: Date): readonly (string | undefined)[] {
  return before.decision.reasons.map((reason) => whyGone(reason, before, now, snapshot, at));
}

function joined(causes: readonly (string | undefined)[]): string {
  const distinct = [...new Set(causes)].filter((cause) => cause !== undefined);
  const told = distinct.slice(0, MAX_CAUSES);
  if (distinct.length > told.length) told.push(`and ${distinct.length - told.length} more`);
  return told.join('; ');
}

function whyGone(
  { source = '' }: Reason,
  before: Admission,
  now: Principal,
  snapshot: Snapshot,
  at: Date,
): string | undefined {
  const [kind, id = ''] = source.split('/');
  if (kind === 'grant') return whyGrantGone(id as GrantId, before, snapshot, at);
  return kind === 'binding' ? whyBindingGone(id as BindingId, before, now, snapshot) : undefined;
}

function whyGrantGone(id: GrantId, { who }: Admission, snapshot: Snapshot, at: Date): string | undefined {
  const live = snapshot.grants.get(id);
  const grant = live ?? snapshot.endedGrants.get(id);
  if (grant === undefined) return `the grant ${id} is gone`;
  const role = snapshot.get('Role', grant.roleId);
  const name = `the grant ${grant.id}${role === undefined ? '' : ` of role ${showText(role.name)}`}`;
  if (live !== undefined && live.endsAt > at) return whyOutOfReach(name, live.scope, who.cluster, snapshot);
  const { end } = grant;
  if (end?.state !== 'revoked') return `${name} ended ${instant(end?.at ?? grant.endsAt)}`;
  const by = end.byId === undefined ? undefined : snapshot.principals.get(end.byId);
  const revoker = by === undefined ? '' : ` by ${showText(by.userName)}`;
  return `${name} was revoked${revoker} ${instant(end.at)}${end.reason === undefined ? '' : `: ${showText(end.reason)}`}`;
}

function whyBindingGone(id: BindingId, { who }: Admission, now: Principal, snapshot: Snapshot): string | undefined {
  const binding = snapshot.get('Binding', id);
  if (binding === undefined) return `the binding ${id} was removed`;
  const name = showText(binding.name);
  if (snapshot.get('Role', binding.roleId) === undefined) return `the role of binding ${name} was removed`;
  const groups = binding.subjects.flatMap((subject) => (subject.kind === 'group' ? [subject] : []));
  const isNamed = binding.subjects.some((subject) => subject.kind === 'principal' && subject.id === now.id);
  if (isNamed || groups.some((group) => isMember(now, group))) {
    return whyOutOfReach(`the binding ${name}`, binding.scope, who.cluster, snapshot);
  }
  const left = groups.find((group) => isMember(who.principal, group));
  if (left === undefined) return `the binding ${name} is no longer for ${showText(now.userName)}`;
  return `${showText(now.userName)} is no longer in group ${showText(left.name)}`;
}

/** The other project is not named: nobody has to be told of it who has nothing to do there. */
function whyOutOfReach(what: string, scope: Scope, before: Cluster, snapshot: Snapshot): string | undefined {
  const now = snapshot.clusters.get(before.id);
  if (now === undefined || compileScope(scope).reachOf(now) !== undefined) return undefined;
  const lost = `${what} no longer reaches cluster ${showText(now.name)}`;
  if (scope.kind !== 'projects') return `${lost}, whose labels were changed`;
  return now.projectId === before.projectId
    ? `${lost}, which is no longer shared with the project`
    : `${lost}, which was moved to another project`;
}

function isMember(principal: Principal, group: { readonly issuer: string; readonly name: string }): boolean {
  if (group.issuer === LOCAL_ISSUER && principal.localGroups?.includes(group.name)) return true;
  return group.issuer === principal.issuer && principal.groups.includes(group.name);
}

function instant(at: Date): string {
  return `at ${at.toISOString().slice(0, 19)}Z`;
}

const PLAIN = /^[\w.@+:/*-]+$/;
const UNSAFE_TO_SHOW = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const MAX_SHOWN = 256;

/** Somebody else's words in a sentence that a terminal shows: bare when they are harmless, else quoted with escapes. */
export function showText(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  if (PLAIN.test(shown)) return shown;
  const asEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(shown).replace(UNSAFE_TO_SHOW, asEscape);
}
