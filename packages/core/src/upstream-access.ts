import { createHash } from 'node:crypto';
import { CoreError } from './errors.ts';
import { describeNameProblem } from './impersonation.ts';

/**
 * How people act in a cluster.
 *
 * - `impersonate`: with their own user name and the groups of their ceilings, which the install manifest has bound.
 * - `managed`: with their own user name alone, which the agent binds to ClusterRoles for as long as access lasts.
 * - `serviceAccounts`: by a ServiceAccount of their own that the agent makes and binds likewise, for clusters where nobody
 *   may impersonate.
 */
export type UpstreamMode = 'impersonate' | 'managed' | 'serviceAccounts';

/** Somebody to be bound, and for how long. */
export interface UpstreamSubject {
  /** User name as it is impersonated. */
  readonly user: string;
  /** Whole seconds since the epoch. */
  readonly expiresAt: number;
}

/** A ClusterRole that is to be bound: in one namespace, or in the whole cluster. */
export interface UpstreamBinding {
  readonly clusterRole: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
  readonly subjects: readonly UpstreamSubject[];
}

/** Everything that the agents of a cluster are to keep bound; what is not in it is not to be there. */
export interface UpstreamAccess {
  readonly bindings: readonly UpstreamBinding[];
}

/** Bounds of an {@link UpstreamAccess}. A server stays within them; an agent takes nothing beyond. */
export interface UpstreamAccessLimits {
  /** Pairs of a subject and a binding. Default 5,000. */
  readonly maxSubjects: number;
  /** Bindings: pairs of a ClusterRole and a namespace. Default 500. */
  readonly maxBindings: number;
  /** Size in its encoded form. Default 786,432: a gRPC message holds 1 MiB. */
  readonly maxBytes: number;
  /** Longest time that a subject is bound without being renewed, in milliseconds. Default 7,200,000 (2 h). */
  readonly maxLifetimeMs: number;
}

/** Defaults of {@link UpstreamAccessLimits}. */
export const UPSTREAM_ACCESS_LIMITS: UpstreamAccessLimits = {
  maxSubjects: 5_000,
  maxBindings: 500,
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
export function encodeUpstreamAccess({ bindings }: UpstreamAccess): EncodedUpstreamAccess {
  const sorted = [...bindings]
    .filter(({ subjects }) => subjects.length > 0)
    .sort((a, b) => compare(a.clusterRole, b.clusterRole) || compare(a.namespace ?? '', b.namespace ?? ''))
    .map(({ clusterRole, namespace, subjects }) => ({
      clusterRole,
      ...(namespace !== undefined && { namespace }),
      subjects: [...subjects].sort((a, b) => compare(a.user, b.user)).map(({ user, expiresAt }) => [user, expiresAt]),
    }));
  const bytes = Buffer.from(JSON.stringify({ bindings: sorted }));
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
  const { bindings } = asRecord(document);
  if (!Array.isArray(bindings)) throw malformed('it has no list of bindings');
  return { bindings: bindings.map(readBinding) };
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
  readonly at: Date;
  /** Size of its encoded form. */
  readonly byteCount: number;
  readonly limits?: UpstreamAccessLimits;
}

/**
 * Why an access must not be carried out, as one phrase; `undefined` when it may. It is refused whole: a ClusterRole outside of
 * those that may be bound, a name of the cluster's own (`system:`), a life beyond the bound, or more than the limits allow.
 */
export function describeUpstreamAccessProblem(
  { bindings }: UpstreamAccess,
  { clusterRoles, at, byteCount, limits = UPSTREAM_ACCESS_LIMITS }: UpstreamAccessBounds,
): string | undefined {
  if (byteCount > limits.maxBytes) return `it is ${byteCount} bytes, limit is ${limits.maxBytes}`;
  if (bindings.length > limits.maxBindings) return `it has ${bindings.length} bindings, limit is ${limits.maxBindings}`;
  const subjectCount = bindings.reduce((count, { subjects }) => count + subjects.length, 0);
  if (subjectCount > limits.maxSubjects) return `it has ${subjectCount} subjects, limit is ${limits.maxSubjects}`;
  const latest = Math.floor((at.getTime() + limits.maxLifetimeMs + CLOCK_TOLERANCE_MS) / 1_000);
  const seen = new Set<string>();
  for (const { clusterRole, namespace, subjects } of bindings) {
    const key = `${clusterRole}/${namespace ?? ''}`;
    if (seen.has(key)) return `it binds ${show(key)} twice`;
    seen.add(key);
    if (!clusterRoles.includes(clusterRole)) return `the ClusterRole ${show(clusterRole)} is not one that may be bound`;
    if (namespace !== undefined && !NAMESPACE.test(namespace)) return `${show(namespace)} is no namespace`;
    for (const { user, expiresAt } of subjects) {
      const problem = describeNameProblem(user);
      if (problem !== undefined) return `a user name ${problem}`;
      if (expiresAt > latest) return `${show(user)} would be bound until ${expiresAt}, limit is ${latest}`;
    }
  }
  return undefined;
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
