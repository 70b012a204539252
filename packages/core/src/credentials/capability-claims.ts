import { CoreError } from '../errors.ts';
import { isId } from '../ids.ts';
import { assertImpersonation, type Impersonation } from '../impersonation.ts';
import type { ActionClass, CapabilityClaims } from './types.ts';

const AUDIENCE_PREFIX = 'sallyport:agent:';
const ACTION_CLASSES: ReadonlySet<unknown> = new Set<ActionClass>(['read', 'write', 'connect']);

/** {@link CapabilityClaims} in the form in which they are signed, beside `iat` and `exp`. */
export interface CapabilityPayload {
  /** `sallyport:agent:<cluster id>`. */
  readonly aud: string;
  readonly sub: string;
  readonly sid?: string;
  readonly imp: Impersonation;
  readonly act: ActionClass;
  readonly ver: number;
}

/** Puts claims into the form in which they are signed. Checks nothing. */
export function formatCapabilityClaims(claims: CapabilityClaims): CapabilityPayload {
  const { clusterId, principalId, loginSessionId, impersonation, actionClass, snapshotVersion } = claims;
  return {
    aud: AUDIENCE_PREFIX + clusterId,
    sub: principalId,
    ...(loginSessionId !== undefined && { sid: loginSessionId }),
    imp: impersonation,
    act: actionClass,
    ver: snapshotVersion,
  };
}

/**
 * Reads claims that come from elsewhere: every field of its type, and an identity that may be acted as. The identity is put
 * together anew, so nothing that isn't checked here is carried on.
 * @throws CoreError `ERR_CAPABILITY_REFUSED`
 */
export function parseCapabilityClaims(payload: Readonly<Record<string, unknown>>): CapabilityClaims {
  const { aud, sub, sid, imp, act, ver } = payload;
  const clusterId = typeof aud === 'string' && aud.startsWith(AUDIENCE_PREFIX) ? aud.slice(AUDIENCE_PREFIX.length) : '';
  if (!isId('cluster', clusterId)) throw capabilityRefused('it is for no cluster');
  if (typeof sub !== 'string' || !isId('principal', sub)) throw capabilityRefused('its principal is not an id');
  if (sid !== undefined && !(typeof sid === 'string' && isId('loginSession', sid))) {
    throw capabilityRefused('its login session is not an id');
  }
  if (!ACTION_CLASSES.has(act)) throw capabilityRefused('its action class is unknown');
  if (!Number.isSafeInteger(ver)) throw capabilityRefused('its snapshot version is not a number');
  return {
    clusterId,
    principalId: sub,
    ...(sid !== undefined && { loginSessionId: sid }),
    impersonation: parseImpersonation(imp),
    actionClass: act as ActionClass,
    snapshotVersion: ver as number,
  };
}

function parseImpersonation(value: unknown): Impersonation {
  const { user, groups, uid, extra } = typeof value === 'object' && value !== null ? (value as Partial<Untyped>) : {};
  if (
    typeof user !== 'string' ||
    !isStrings(groups) ||
    !(uid === undefined || typeof uid === 'string') ||
    !(extra === undefined || isExtra(extra))
  ) {
    throw capabilityRefused('its identity is incomplete');
  }
  const impersonation: Impersonation = { user, groups, ...(uid !== undefined && { uid }), ...(extra && { extra }) };
  try {
    assertImpersonation(impersonation);
  } catch (cause) {
    throw capabilityRefused('its identity must not be acted as', cause);
  }
  return impersonation;
}

type Untyped = Readonly<Record<keyof Impersonation, unknown>>;

function isExtra(value: unknown): value is Readonly<Record<string, readonly string[]>> {
  return typeof value === 'object' && value !== null && Object.values(value).every(isStrings);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The one error of capabilities that are not signed, or not accepted. */
export function capabilityRefused(why: string, cause?: unknown): CoreError {
  return new CoreError({ code: 'ERR_CAPABILITY_REFUSED', message: `the capability was refused: ${why}`, cause });
}
