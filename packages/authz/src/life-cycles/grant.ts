import type { AccessRequestId, GrantId, PrincipalId } from '@sallyport/core';
import type { Grant } from '../policy.ts';

/** States of a grant. The last two are final. What the clock alone decides is not written: see {@link grantStateAt}. */
export type GrantState = 'scheduled' | 'active' | 'expired' | 'revoked';

/** A grant with where it comes from and how it ended. */
export interface IssuedGrant extends Grant {
  readonly reason: string;
  readonly createdAt: Date;
  /** The request that it comes from; absent for one that was granted directly. */
  readonly requestId?: AccessRequestId;
  /** The grant that it prolongs. */
  readonly renewsId?: GrantId;
  readonly isBreakGlass: boolean;
  /** Present once its end is in the records: at `endsAt`, or before by revocation or with what it refers to. */
  readonly end?: {
    readonly at: Date;
    readonly state: 'expired' | 'revoked';
    readonly byId?: PrincipalId;
    readonly reason?: string;
  };
}

/** The state of a grant at an instant. */
export function grantStateAt({ startsAt, endsAt, end }: IssuedGrant, at: Date): GrantState {
  if (end !== undefined) return end.state;
  if (at >= endsAt) return 'expired';
  return at < startsAt ? 'scheduled' : 'active';
}
