import { createHash } from 'node:crypto';
import { CoreError } from '../errors.ts';
import { describeNameProblem } from '../impersonation.ts';
import {
  canonicalUpstreamRole,
  describeUpstreamRuleProblem,
  type UpstreamRole,
  type UpstreamRule,
  upstreamRoleName,
} from './upstream-roles.ts';

/**
 * How people act in a cluster.
 *
 * - `impersonate`: with their own user name and the groups of their ceilings, which the install manifest has bound.
 * - `managed`: with their own user name alone, which the agent binds to ClusterRoles for as long as access lasts.
 * - `serviceAccounts`: by a ServiceAccount of their own that the agent makes and binds likewise, for clusters where nobody
 *   may impersonate.
 */
export type UpstreamMode = 'impersonate' | 'managed' | 'serviceAccounts';

/** What an agent is installed for, in one word that agents and servers compare: a mode, `+generatedRules` where those are opted into. */
export function describeInstalledMode(mode: UpstreamMode, generatedRules: boolean): string {
  return generatedRules ? `${mode}+generatedRules` : mode;
}

/** Somebody to be bound, and for how long. */
export interface UpstreamSubject {
  /** User name as it is impersonated. */
  readonly user: string;
  /** Whole seconds since the epoch. */
  readonly expiresAt: number;
}

/** A ClusterRole that is to be bound: in one namespace, or in the whole cluster. */
export interface UpstreamBinding {
  /** Name of one that the cluster has, or of a generated one as `upstreamRoleName` makes it. */
  readonly clusterRole: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
  readonly subjects: readonly UpstreamSubject[];
}

/** Everything that the agents of a cluster are to keep bound; what is not in it is not to be there. */
export interface UpstreamAccess {
  readonly bindings: readonly UpstreamBinding[];
  /** ClusterRoles to be generated, which bindings name. Absent: none. */
  readonly roles?: readonly UpstreamRole[];
}

/** Bounds of an {@link UpstreamAccess}. A server stays within them; an agent takes nothing beyond. */
export interface UpstreamAccessLimits {
  /** Pairs of a subject and a binding. Default 5,000. */
  readonly maxSubjects: number;
  /** Bindings: pairs of a ClusterRole and a namespace. Default 500. */
  readonly maxBindings: number;
  /** Generated ClusterRoles. Default 100. */
  readonly maxRoles: number;
  /** Rules of a generated ClusterRole. Default 256: as many as a role has. */
  readonly maxRules: number;
  /** Size in its encoded form. Default 786,432: a gRPC message holds 1 MiB. */
  readonly maxBytes: number;
  /** Longest time that a subject is bound without being renewed, in milliseconds. Default 7,200,000 (2 h). */
  readonly maxLifetimeMs: number;
}

/** Defaults of {@link UpstreamAccessLimits}. */
export const UPSTREAM_ACCESS_LIMITS: UpstreamAccessLimits = {
  maxSubjects: 5_000,
  maxBindings: 500,
  maxRoles: 100,
  maxRules: 256,
  maxBytes: 768 * 1024,
  maxLifetimeMs: 2 * 60 * 60_000,
};

/** Clocks of two machines differ. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Name of a namespace, RFC 1123. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** An access as it travels: bytes, and what tells one from another. */
export interface EncodedUpstreamAccess {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes, base64url. */
  readonly hash: string;
}

/** Encodes an access in its one canonical form: the same access is the same bytes, whatever order it came in. */
export function encodeUpstreamAccess({ bindings, roles = [] }: UpstreamAccess): EncodedUpstreamAccess {
  const sorted = [...bindings]
    .filter(({ subjects }) => subjects.length > 0)
    .sort((a, b) => compare(a.clusterRole, b.clusterRole) || compare(a.namespace ?? '', b.namespace ?? ''))
    .map(({ clusterRole, namespace, subjects }) => ({
      clusterRole,
      ...(namespace !== undefined && { namespace }),
      subjects: [...subjects].sort((a, b) => compare(a.user, b.user)).map(({ user, expiresAt }) => [user, expiresAt]),
    }));
  const bound = new Set(sorted.map(({ clusterRole }) => clusterRole));
  const byName = new Map(roles.map((role) => [upstreamRoleName(role), canonicalUpstreamRole(role)]));
  const used = [...byName].filter(([name]) => bound.has(name)).sort(([a], [b]) => compare(a, b));
  const document = { bindings: sorted, ...(used.length > 0 && { roles: used.map(([, role]) => role) }) };
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, hash: hashUpstreamAccess(bytes) };
}

/** What tells encoded accesses apart: SHA-256, base64url. */
export function hashUpstreamAccess(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

/**
 * Reads an encoded access. Of its content only the form is checked; see {@link describeUpstreamAccessProblem}.
 * @throws CoreError `ERR_UPSTREAM_ACCESS_MALFORMED`
 */
export function parseUpstreamAccess(bytes: Uint8Array): UpstreamAccess {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
  const { bindings, roles } = asRecord(document);
  if (!Array.isArray(bindings)) throw malformed('it has no list of bindings');
  if (roles !== undefined && !Array.isArray(roles)) throw malformed('its roles are no list');
  return { bindings: bindings.map(readBinding), ...(roles && { roles: roles.map(readRole) }) };
}

function readRole(value: unknown): UpstreamRole {
  const { ceilings, rules, ...rest } = asRecord(value);
  if (Object.keys(rest).length > 0) throw malformed(`a role has the unknown field ${Object.keys(rest)[0]}`);
  if (!isTextList(ceilings) || !Array.isArray(rules)) throw malformed('a role is incomplete');
  return { ceilings, rules: rules.map(readRule) };
}

const RULE_FIELDS: readonly string[] = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'];

function readRule(value: unknown): UpstreamRule {
  const rule = asRecord(value);
  if (!isTextList(rule.verbs)) throw malformed('a rule has no verbs');
  for (const [field, words] of Object.entries(rule)) {
    if (!RULE_FIELDS.includes(field)) throw malformed(`a rule has the unknown field ${field}`);
    if (!isTextList(words)) throw malformed(`the ${field} of a rule are no list of text`);
  }
  return rule as unknown as UpstreamRule;
}

function readBinding(value: unknown): UpstreamBinding {
  const { clusterRole, namespace, subjects, ...rest } = asRecord(value);
  // What is not understood may narrow the binding.
  if (Object.keys(rest).length > 0) throw malformed(`a binding has the unknown field ${Object.keys(rest)[0]}`);
  if (typeof clusterRole !== 'string' || clusterRole === '') throw malformed('a binding names no ClusterRole');
  if (namespace !== undefined && typeof namespace !== 'string') throw malformed('a namespace is not text');
  if (!Array.isArray(subjects)) throw malformed('a binding has no list of subjects');
  return {
    clusterRole,
    ...(namespace !== undefined && { namespace }),
    subjects: subjects.map((subject: unknown) => {
      const [user, expiresAt] = Array.isArray(subject) ? (subject as unknown[]) : [];
      if (typeof user !== 'string' || !Number.isSafeInteger(expiresAt)) throw malformed('a subject is incomplete');
      return { user, expiresAt: expiresAt as number };
    }),
  };
}

/** What an access is held against. */
export interface UpstreamAccessBounds {
  /** ClusterRoles that may be bound. */
  readonly clusterRoles: readonly string[];
  /** Whether ClusterRoles may be generated. Default false. */
  readonly generatedRules?: boolean;
  readonly at: Date;
  /** Size of its encoded form. */
  readonly byteCount: number;
  readonly limits?: UpstreamAccessLimits;
}

/**
 * Why an access must not be carried out, as one phrase; `undefined` when it may. It is refused whole: a ClusterRole outside of
 * those that may be bound, a name of the cluster's own (`system:`), a life beyond the bound, generated rules that must not be, or more
 * than the limits allow.
 */
export function describeUpstreamAccessProblem(
  { bindings, roles = [] }: UpstreamAccess,
  bounds: UpstreamAccessBounds,
): string | undefined {
  const { clusterRoles, at, byteCount, limits = UPSTREAM_ACCESS_LIMITS } = bounds;
  if (byteCount > limits.maxBytes) return `it is ${byteCount} bytes, limit is ${limits.maxBytes}`;
  if (bindings.length > limits.maxBindings) return `it has ${bindings.length} bindings, limit is ${limits.maxBindings}`;
  const subjectCount = bindings.reduce((count, { subjects }) => count + subjects.length, 0);
  if (subjectCount > limits.maxSubjects) return `it has ${subjectCount} subjects, limit is ${limits.maxSubjects}`;
  const roleProblem = describeRolesProblem(roles, bounds);
  if (roleProblem !== undefined) return roleProblem;
  const bindable = new Set([...clusterRoles, ...roles.map(upstreamRoleName)]);
  const latest = Math.floor((at.getTime() + limits.maxLifetimeMs + CLOCK_TOLERANCE_MS) / 1_000);
  const seen = new Set<string>();
  for (const { clusterRole, namespace, subjects } of bindings) {
    const key = `${clusterRole}/${namespace ?? ''}`;
    if (seen.has(key)) return `it binds ${show(key)} twice`;
    seen.add(key);
    if (!bindable.has(clusterRole)) return `the ClusterRole ${show(clusterRole)} is not one that may be bound`;
    if (namespace !== undefined && !NAMESPACE.test(namespace)) return `${show(namespace)} is no namespace`;
    for (const { user, expiresAt } of subjects) {
      const problem = describeNameProblem(user);
      if (problem !== undefined) return `a user name ${problem}`;
      if (expiresAt > latest) return `${show(user)} would be bound until ${expiresAt}, limit is ${latest}`;
    }
  }
  return undefined;
}

function describeRolesProblem(
  roles: readonly UpstreamRole[],
  { clusterRoles, generatedRules = false, limits = UPSTREAM_ACCESS_LIMITS }: UpstreamAccessBounds,
): string | undefined {
  if (roles.length > 0 && !generatedRules) return 'it has ClusterRoles to be generated, which is not opted into';
  if (roles.length > limits.maxRoles) return `it has ${roles.length} roles, limit is ${limits.maxRoles}`;
  for (const { ceilings, rules } of roles) {
    if (rules.length > limits.maxRules) return `a role has ${rules.length} rules, limit is ${limits.maxRules}`;
    if (ceilings.length === 0) return 'a role narrows no ClusterRole';
    const stranger = ceilings.find((ceiling) => !clusterRoles.includes(ceiling));
    if (stranger !== undefined) return `the ClusterRole ${show(stranger)} is not one that may be bound`;
    for (const rule of rules) {
      const problem = describeUpstreamRuleProblem(rule);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed('it is not an object where one is expected');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function malformed(why: string, cause?: unknown): CoreError {
  return new CoreError({
    code: 'ERR_UPSTREAM_ACCESS_MALFORMED',
    message: `the access to be kept can not be read: ${why}`,
    cause,
  });
}
