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

/**
 * Reads a wish out of the parameters of an authorization request (OpenID Connect Core, section 3.1.2.1): `max_age`,
 * `acr_values`, `prompt=login`; `login_hint` names the session to raise; `organization` and `provider` are our own. What
 * can't be read is left out.
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
  const demand = readDemand(text('max_age'), text('acr_values'), text('prompt'));
  const hint = text('login_hint');
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
  prompt: string | undefined,
): StepUpDemand | undefined {
  const hasAge = maxAge !== undefined && /^\d{1,9}$/.test(maxAge);
  const acr = acrValues?.split(' ').filter((each) => each !== '');
  const asksAgain = prompt?.split(' ').includes('login') === true;
  if (!hasAge && (acr === undefined || acr.length === 0) && !asksAgain) return undefined;
  return {
    ...(hasAge && { maxAgeMs: Math.min(Number(maxAge), MAX_AGE_SECONDS) * 1000 }),
    ...(acr !== undefined && acr.length > 0 && { acr: acr.slice(0, MAX_CLASSES) }),
  };
}
