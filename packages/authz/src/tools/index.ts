/**
 * Tools around the evaluator, for continuous integration, command lines and reviews: {@link readOrganization} makes a policy of
 * documents alone, {@link runPolicyTest} checks decisions that ought to come out, {@link compareAccess} decides recorded
 * requests under two policies, {@link suggestRules} derives the least rules from what was done and {@link countRuleUses} says how
 * often each was used. All of them ask the evaluator
 * that serves requests; none does any I/O.
 *
 * @packageDocumentation
 */
export type { AccessDifference, Observation } from './compare-access.ts';
export { compareAccess } from './compare-access.ts';
export type { RuleUses } from './count-rule-uses.ts';
export { countRuleUses } from './count-rule-uses.ts';
export { HARMLESS_CONTENT, judge } from './judge.ts';
export type { OfflineOrganization, OfflineProblem, OfflineReading } from './offline-organization.ts';
export { readOrganization } from './offline-organization.ts';
export { readRequest } from './read-request.ts';
export type { PolicyTestResult } from './run-policy-test.ts';
export { runPolicyTest } from './run-policy-test.ts';
export { suggestRules } from './suggest-rules.ts';
