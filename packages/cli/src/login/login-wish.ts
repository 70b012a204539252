import type { LoginSessionId } from '@sallyport/core';

/** What is asked of a login besides that it signs somebody in. */
export interface LoginWish {
  /** Organization to sign in to. */
  readonly organization?: string;
  /** Identity provider to sign in with. */
  readonly provider?: string;
  /** The login session to raise, instead of beginning a new one. */
  readonly raises?: LoginSessionId;
  /** Given: the provider asks the person anew, whatever it remembers. */
  readonly stepUp?: {
    /** How long ago the person may have proved who they are, in milliseconds. */
    readonly maxAgeMs?: number;
    /** Authentication context class that the login must have. */
    readonly acr?: string;
  };
}

/** The parameters of an authorization request that a wish becomes. */
export function loginParameters({ organization, provider, raises, stepUp }: LoginWish = {}): Record<string, string> {
  return {
    ...(organization !== undefined && { organization }),
    ...(provider !== undefined && { provider }),
    ...(raises !== undefined && { session: raises }),
    ...(stepUp !== undefined && { step_up: '1' }),
    ...(stepUp?.maxAgeMs !== undefined && { step_up_max_age: String(Math.floor(stepUp.maxAgeMs / 1000)) }),
    ...(stepUp?.acr !== undefined && { step_up_acr: stepUp.acr }),
  };
}
