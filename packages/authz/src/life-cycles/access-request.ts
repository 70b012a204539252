import type {
  AccessRequestId,
  GrantId,
  OrganizationId,
  PrincipalId,
  RequestPolicyId,
  ReviewId,
  RoleId,
} from '@sallyport/core';
import type { GrantedObject, Scope } from '../policy.ts';

/** States of an access request. All but `pending` are final. */
export type AccessRequestState = 'pending' | 'approved' | 'denied' | 'cancelled' | 'expired';

/** A principal's ask for a grant. */
export interface AccessRequest {
  readonly id: AccessRequestId;
  readonly organizationId: OrganizationId;
  readonly requesterId: PrincipalId;
  readonly roleId: RoleId;
  readonly policyId: RequestPolicyId;
  readonly scope: Scope;
  readonly objects?: readonly GrantedObject[];
  /** How long the grant is to live, in milliseconds; a reviewer may shorten it. */
  readonly durationMs: number;
  /** When the grant is to start. Absent: once it is approved. */
  readonly startsAt?: Date;
  readonly reason: string;
  readonly ticket?: string;
  readonly suggestedReviewerIds: readonly PrincipalId[];
  /** The grant that is to be prolonged. */
  readonly renewsId?: GrantId;
  readonly isBreakGlass: boolean;
  readonly createdAt: Date;
  /** When it expires unless it is decided before. */
  readonly pendingUntil: Date;
  readonly state: AccessRequestState;
  /** In the order in which they were given. */
  readonly reviews: readonly Review[];
  /** How it left `pending`. `by` is absent when nobody did it: by auto-approval, by time, with what it refers to. */
  readonly resolution?: { readonly at: Date; readonly byId?: PrincipalId; readonly reason?: string };
  readonly grantId?: GrantId;
  /** Of break-glass uses. */
  readonly followUp?: FollowUp;
}

/** One reviewer's verdict on an access request. */
export interface Review {
  readonly id: ReviewId;
  readonly reviewerId: PrincipalId;
  readonly verdict: 'approve' | 'deny';
  /** Index of the step that it was for. */
  readonly step: number;
  readonly reason?: string;
  readonly at: Date;
  /** Of the request as the reviewer saw it; an approval of anything else does not count. */
  readonly contentSha256: string;
}

/** The review after a break-glass use. */
export interface FollowUp {
  readonly state: 'due' | 'justified' | 'unjustified';
  readonly dueAt: Date;
  readonly reviewerId?: PrincipalId;
  readonly reason?: string;
  readonly at?: Date;
}
