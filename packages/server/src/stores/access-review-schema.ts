import type { AccessReviewItemState, AccessReviewState } from '@sallyport/authz';
import type {
  AccessReviewId,
  AccessReviewItemId,
  BindingId,
  GrantId,
  OrganizationId,
  PrincipalId,
} from '@sallyport/core';
import type { KeptAccessReview, KeptAccessReviewItem } from './access-review-contracts.ts';
import type { Json } from './record-schema.ts';

/** The tables of access reviews. Like those of access requests they outlive what they refer to. */
export interface AccessReviewTables {
  access_reviews: {
    id: AccessReviewId;
    organization_id: OrganizationId;
    name: string;
    terms: Json<
      Pick<
        KeptAccessReview,
        'description' | 'scope' | 'about' | 'roleIds' | 'reviewers' | 'remindEveryMs' | 'unanswered'
      >
    >;
    state: AccessReviewState;
    created_at: Date;
    created_by: PrincipalId;
    due_at: Date;
    next_reminder_at: Date | null;
    closed_at: Date | null;
    closed_by: PrincipalId | null;
    names: Json<KeptAccessReview['names']>;
  };
  access_review_items: {
    id: AccessReviewItemId;
    review_id: AccessReviewId;
    binding_id: BindingId | null;
    grant_id: GrantId | null;
    subject: Json<KeptAccessReviewItem['subject']>;
    principal_id: PrincipalId | null;
    basis: Json<KeptAccessReviewItem['basis']>;
    names: Json<KeptAccessReviewItem['names']>;
    state: AccessReviewItemState;
    answered_at: Date | null;
    answered_by: PrincipalId | null;
    answered_by_name: string | null;
    reason: string | null;
  };
}
