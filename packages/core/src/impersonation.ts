import { CoreError } from './errors.ts';
import { packHeaderValue } from './raw-headers.ts';

/** Who a request acts as at kube-apiserver: the whole of it, as `Impersonate-*` headers carry it. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** Extra keys in their decoded, lower-case form, for example `sallyport.dev/session`. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Prefix of extra keys that only Sallyport sets. */
export const RESERVED_EXTRA_PREFIX = 'sallyport.dev/';

const MAX_NAME_BYTES = 1_024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// With the u flag a surrogate matches only where its other half is missing.
const LONE_SURROGATE = /\p{Surrogate}/u;
const EXTRA_KEY = /^[a-z0-9!#$&'*+.^_`|~/-]+$/;

function assertName(what: string, value: string): void {
  const problem = describeNameProblem(value);
  if (problem === undefined) return;
  throw new CoreError({ code: 'ERR_IMPERSONATION_INVALID', message: `${what} ${problem}` });
}

/**
 * Why `value` can't be an impersonated user or group name, or `undefined` when it can. `system:` names are those of the
 * cluster itself; nobody acts under them. Surrounding space is refused because kube-apiserver trims it, which would make
 * two names one.
 */
export function describeNameProblem(value: string): string | undefined {
  if (typeof value !== 'string') return 'is not text';
  if (value === '' || value.trim() !== value) return 'is empty or has surrounding space';
  if (value.toLowerCase().startsWith('system:')) return `${JSON.stringify(value)} is reserved for the cluster`;
  if (CONTROL.test(value) || LONE_SURROGATE.test(value)) return 'holds control characters or broken Unicode';
  if (Buffer.byteLength(value) > MAX_NAME_BYTES) {
    return `is ${Buffer.byteLength(value)} bytes, limit is ${MAX_NAME_BYTES}`;
  }
  return undefined;
}

/**
 * Refuses an identity that must never be sent upstream: no user, a name of the cluster's own (`system:`), control
 * characters, malformed extra keys. Both server and agent call it: a request without a complete, checked identity would
 * run with the agent's own rights.
 * @throws CoreError `ERR_IMPERSONATION_INVALID`
 */
export function assertImpersonation(impersonation: Impersonation): void {
  assertName('user name', impersonation.user);
  for (const group of impersonation.groups) assertName('group', group);
  if (impersonation.uid !== undefined) assertName('uid', impersonation.uid);
  for (const [key, values] of Object.entries(impersonation.extra ?? {})) {
    if (!EXTRA_KEY.test(key)) {
      throw new CoreError({
        code: 'ERR_IMPERSONATION_INVALID',
        message: `extra key ${JSON.stringify(key)} has characters outside the lower-case token set`,
      });
    }
    for (const value of values) assertName(`extra ${key}`, value);
  }
}

/**
 * The `Impersonate-*` lines of an identity, one line per group and per extra value, as flat name-value pairs. Values are
 * latin1-packed UTF-8 (kube-apiserver decodes the raw bytes; nothing is percent-decoded in user and group), so a request
 * that carries them must not be written together with a string body.
 * @throws CoreError `ERR_IMPERSONATION_INVALID`
 */
export function impersonationHeaders(impersonation: Impersonation): string[] {
  assertImpersonation(impersonation);
  const lines = ['Impersonate-User', packHeaderValue(impersonation.user)];
  if (impersonation.uid !== undefined) lines.push('Impersonate-Uid', packHeaderValue(impersonation.uid));
  for (const group of impersonation.groups) lines.push('Impersonate-Group', packHeaderValue(group));
  for (const [key, values] of Object.entries(impersonation.extra ?? {})) {
    const name = `Impersonate-Extra-${encodeURIComponent(key)}`;
    for (const value of values) lines.push(name, packHeaderValue(value));
  }
  return lines;
}
