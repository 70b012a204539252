/**
 * Who may do what on which cluster, decided without I/O.
 *
 * {@link compilePolicy} turns roles and bindings into an index once; {@link evaluate} answers each {@link AccessQuery} with an
 * `Allow`, which says whom to act as upstream, or a `Deny`, which says why in one sentence. {@link createAuthorizer} joins
 * the two into the function that the access proxy takes; any other function of that type will do as well.
 *
 * {@link compileCondition} and {@link compileExpression} compile CEL, for conditions, claim mappings and workload identities:
 * types are checked when the text is saved, evaluation is bounded and never throws.
 *
 * Left out on purpose: who a caller is (authentication), where documents are stored, and what a cluster's own RBAC says.
 *
 * @packageDocumentation
 */
export { describeAccessPolicyProblems } from './access-policy-problems.ts';
export { requiredActions } from './action.ts';
export { describeExcess } from './authority/describe-excess.ts';
export type { AuthorityRecords, Gift } from './authority/gift.ts';
export { scopeCovers } from './authority/scope-covers.ts';
export type { BuiltInRoleContent, BuiltInRoleName } from './built-in-roles.ts';
export {
  BUILT_IN_ROLE_NAMES,
  BUILT_IN_ROLES,
  builtInRoles,
  INSTALLATION_PERMISSIONS,
  isBuiltInRoleName,
} from './built-in-roles.ts';
export type { Condition, ConditionOutcome } from './cel/condition.ts';
export { compileCondition } from './cel/condition.ts';
export type { ExpressionEnvironment, ExpressionType } from './cel/environment.ts';
export { createExpressionEnvironment } from './cel/environment.ts';
export type { Expression, ExpressionOutcome } from './cel/expression.ts';
export { compileExpression } from './cel/expression.ts';
export type { ExpressionPosition } from './cel/position.ts';
export { SECRETS_PERMISSION, settingsDenial } from './check-settings.ts';
export type { BoundRole, CompiledBinding } from './compile-binding.ts';
export type { Policy, PolicyDocuments } from './compile-policy.ts';
export { compilePolicy, withGrants } from './compile-policy.ts';
export type { CompiledRole } from './compile-role.ts';
export type { CompiledScope, Reach } from './compile-scope.ts';
export { compileScope, describeScopeProblem } from './compile-scope.ts';
export { CONDITION_VARIABLES } from './conditions/condition-facts.ts';
export { describeConditionProblem } from './conditions/policy-condition.ts';
export { describeAction } from './describe.ts';
export type { DocumentProblem } from './document-problem.ts';
export type { Directory, NamedKind, PrincipalKindName } from './documents/directory.ts';
export { CLUSTER_ROLE_GROUP, readAccessPolicy, readBinding, readRole } from './documents/read-policy.ts';
export { readRequestPolicy } from './documents/read-request-policy.ts';
export type { NamespacesSpec, ScopeSpec } from './documents/read-scope.ts';
export { readScope } from './documents/read-scope.ts';
export type { SubjectSpec } from './documents/read-subject.ts';
export { readSubject } from './documents/read-subject.ts';
export type { AuthzErrorCode } from './errors.ts';
export { AuthzError } from './errors.ts';
export { createAuthorizer, evaluate } from './evaluate.ts';
export type { ExplainedBinding, ExplainedStatement, Explanation, ExplanationStep } from './explain.ts';
export { explain } from './explain.ts';
export type { AccessRequest, AccessRequestState, FollowUp, Review } from './life-cycles/access-request.ts';
export type {
  AccessReview,
  AccessReviewAnswer,
  AccessReviewItem,
  AccessReviewItemState,
  AccessReviewState,
  ClosedAccessReview,
} from './life-cycles/access-review.ts';
export { answerAccessReviewItem, closeAccessReview, skipAccessReviewItem } from './life-cycles/access-review.ts';
export type { AccessRequestDraft, ChosenPolicy, RequestFacts } from './life-cycles/choose-policy.ts';
export { choosePolicy } from './life-cycles/choose-policy.ts';
export { contentSha256 } from './life-cycles/content-sha256.ts';
export type { ChangedAccessRequest, Ending, FollowUpDraft, FollowUpFacts } from './life-cycles/end-access-request.ts';
export {
  cancelAccessRequest,
  expireAccessRequest,
  followUpAccessRequest,
  mayFollowUp,
} from './life-cycles/end-access-request.ts';
export type { LifeCycleRecords, RenewedGrant } from './life-cycles/facts.ts';
export type { GrantState, IssuedGrant } from './life-cycles/grant.ts';
export { grantStateAt } from './life-cycles/grant.ts';
export type { GrantIssue } from './life-cycles/grant-from.ts';
export { grantFrom } from './life-cycles/grant-from.ts';
export type { ChangedGrant, GrantDraft, GrantFacts } from './life-cycles/grant-life.ts';
export { expireGrant, issueGrant, revokeGrant, startGrant } from './life-cycles/grant-life.ts';
export type { PlannedAccessRequest, RenewalDraft } from './life-cycles/plan-access-request.ts';
export { planAccessRequest, planRenewal } from './life-cycles/plan-access-request.ts';
export type { Refusal, RefusalCode, RefusalKind } from './life-cycles/refusal.ts';
export type { ReviewDraft, ReviewedAccessRequest, ReviewFacts } from './life-cycles/review-access-request.ts';
export { mayReview, reviewAccessRequest } from './life-cycles/review-access-request.ts';
export type { ReviewProgress } from './life-cycles/review-progress.ts';
export { reviewProgress } from './life-cycles/review-progress.ts';
export type { ReviewedMatter } from './life-cycles/reviewers.ts';
export { isAmong, reviewerProblem } from './life-cycles/reviewers.ts';
export { isSamePerson } from './life-cycles/same-person.ts';
export type { AccessRequestEvent, GrantEvent, Transitions } from './life-cycles/transitions.ts';
export { ACCESS_REQUEST_TRANSITIONS, GRANT_TRANSITIONS } from './life-cycles/transitions.ts';
export type { LimitReason } from './limits.ts';
export { matchRule } from './match-rule.ts';
export type { OutsideAuthorizer, OutsideVerdict } from './outside-authorizer.ts';
export type { OwnershipRecords } from './owners.ts';
export { ownersOf, wouldLoseLastOwner } from './owners.ts';
export type { PartialVisibility, PermissionIndex, Visibility } from './permission-index.ts';
export { createPermissionIndex, USE_PERMISSIONS } from './permission-index.ts';
export type { PermissionTarget } from './permission-target.ts';
export type {
  AccessPolicy,
  Binding,
  DenyStatement,
  Grant,
  GrantedObject,
  NamespaceNarrowing,
  NamespaceSelection,
  RequestPolicy,
  RequireStatement,
  Reviewers,
  ReviewStep,
  Role,
  Rule,
  Scope,
  Subject,
} from './policy.ts';
export { OWN_ROLE_PREFIX } from './policy.ts';
export { neededPrivileges } from './privileges/needed-privileges.ts';
export type {
  AccessQuery,
  ActAs,
  Allow,
  AuthenticationFacts,
  Authorizer,
  Decision,
  Deny,
  Obligation,
  Reason,
  RequestableRole,
  RequestContent,
  RequestOrigin,
  ViewPart,
} from './query.ts';
export { REQUEST_VARIABLES, REVIEW_VARIABLES } from './requests/request-facts.ts';
export { describeRequestPolicyProblems, MAX_GRANT_MS } from './requests/request-policy-problems.ts';
export type { Requestable, RequestablePlace } from './requests/requestable.ts';
export { requestableOn } from './requests/requestable.ts';
export { requestableBeyond } from './requests/requestable-beyond.ts';
export { describeRoleProblems } from './role-problems.ts';
export type {
  EffectiveSetting,
  EffectiveSettings,
  LevelSettings,
  SettingSource,
  SettingsLevel,
} from './settings.ts';
export { resolveSettings } from './settings.ts';
