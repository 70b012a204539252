import { isId, type LoginSessionId } from '@sallyport/core';
import type { StepUpDemand } from './step-up.ts';

/** What a client that begins a login wishes of it. Nothing in it gives rights: it narrows a choice, or asks for more proof. */
export interface LoginWish {
  /** Name of the organization to sign in to. */
  readonly organization?: string;
  /** Name of the identity provider to sign in with. */
  readonly provider?: string;
  /** How fresh and strong the login must be. Given: the provider asks the person, whatever it remembers. */
  readonly demand?: StepUpDemand;
  /** The login session that is to be raised, instead of beginning a new one. */
  readonly raises?: LoginSessionId;
}

const MAX_NAME_CHARACTERS = 63;
const MAX_CLASSES = 16;
const MAX_AGE_SECONDS = 365 * 24 * 60 * 60;

/** Parameters of an authorization request that {@link readLoginWish} reads. The names are our own: without the scope `openid` the
 * OAuth library takes none of OpenID Connect's. */
export const LOGIN_WISH_PARAMETERS = [
  'organization',
  'provider',
  'session',
  'step_up',
  'step_up_max_age',
  'step_up_acr',
] as const;

/**
 * Reads a wish out of the parameters of an authorization request. `session` is the id of the login session to raise,
 * `step_up=1` asks for a fresh login, `step_up_max_age` (seconds) and `step_up_acr` (classes, separated by spaces) for a
 * certain one. What can't be read is left out.
 */
export function readLoginWish(params: Readonly<Record<string, unknown>>): LoginWish {
  const text = (name: string) => {
    const value = params[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const name = (key: string) => {
    const value = text(key);
    return value !== undefined && value.length <= MAX_NAME_CHARACTERS ? value : undefined;
  };
  const organization = name('organization');
  const provider = name('provider');
  const demand = readDemand(text('step_up_max_age'), text('step_up_acr'), text('step_up'));
  const hint = text('session');
  return {
    ...(organization !== undefined && { organization }),
    ...(provider !== undefined && { provider }),
    ...(demand !== undefined && { demand }),
    ...(hint !== undefined && isId('loginSession', hint) && { raises: hint }),
  };
}

function readDemand(
  maxAge: string | undefined,
  acrValues: string | undefined,
  stepUp: string | undefined,
): StepUpDemand | undefined {
  const hasAge = maxAge !== undefined && /^\d{1,9}$/.test(maxAge);
  const acr = acrValues?.split(' ').filter((each) => each !== '');
  const asksAgain = stepUp === '1';
  if (!hasAge && (acr === undefined || acr.length === 0) && !asksAgain) return undefined;
  return {
    ...(hasAge && { maxAgeMs: Math.min(Number(maxAge), MAX_AGE_SECONDS) * 1000 }),
    ...(acr !== undefined && acr.length > 0 && { acr: acr.slice(0, MAX_CLASSES) }),
  };
}
