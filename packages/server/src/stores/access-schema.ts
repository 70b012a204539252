import type { AccessRequest, FollowUp, Grant } from '@sallyport/authz';
import type {
  AccessRequestId,
  GrantId,
  OrganizationId,
  PrincipalId,
  RequestPolicyId,
  ReviewId,
  RoleId,
} from '@sallyport/core';
import type { ColumnType, Generated } from 'kysely';
import type { Json } from './record-schema.ts';

type JsonOrNull<Value> = ColumnType<Value | null, string | null, string | null>;

/** The tables of just-in-time access. They outlive what they refer to: history is kept, so only the organization takes them along. */
export interface AccessTables {
  access_requests: {
    id: AccessRequestId;
    organization_id: OrganizationId;
    requester_id: PrincipalId;
    role_id: RoleId;
    policy_id: RequestPolicyId;
    state: AccessRequest['state'];
    /** What is asked for, but for what has a column. */
    content: Json<
      Pick<
        AccessRequest,
        'scope' | 'objects' | 'durationMs' | 'reason' | 'ticket' | 'suggestedReviewerIds' | 'renewsId'
      >
    >;
    is_break_glass: boolean;
    starts_at: Date | null;
    created_at: Date;
    pending_until: Date;
    resolved_at: Date | null;
    resolved_by: PrincipalId | null;
    resolved_reason: string | null;
    grant_id: GrantId | null;
    follow_up_state: FollowUp['state'] | null;
    follow_up_due_at: Date | null;
    follow_up_by: PrincipalId | null;
    follow_up_reason: string | null;
    follow_up_at: Date | null;
    /** Names as they were, for what is gone by now. */
    names: Json<{ readonly requester: string; readonly role: string; readonly policy: string }>;
    resource_version: Generated<number>;
  };
  access_request_reviews: {
    id: ReviewId;
    request_id: AccessRequestId;
    reviewer_id: PrincipalId;
    reviewer_name: string;
    verdict: 'approve' | 'deny';
    step: number;
    reason: string | null;
    at: Date;
    content_sha256: string;
  };
  grants: {
    id: GrantId;
    organization_id: OrganizationId;
    principal_id: PrincipalId;
    role_id: RoleId;
    scope: Json<Grant['scope']>;
    objects: JsonOrNull<NonNullable<Grant['objects']>>;
    reason: string;
    created_at: Date;
    starts_at: Date;
    ends_at: Date;
    /** Whether its start is in the audit log. */
    is_started: Generated<boolean>;
    request_id: AccessRequestId | null;
    renews_id: GrantId | null;
    is_break_glass: boolean;
    ended_at: Date | null;
    ended_state: 'expired' | 'revoked' | null;
    ended_by: PrincipalId | null;
    ended_reason: string | null;
    names: Json<{ readonly principal: string; readonly role: string }>;
    resource_version: Generated<number>;
  };
}
