/**
 * For those who write an authorizer of their own, in place of the policy or beside it: what the access proxy relies on, as data, and
 * builders for the documents and queries that tests need. Works with any test runner.
 *
 * @packageDocumentation
 */
export type { AuthorizerConformanceCase, AuthorizerSetup } from './conformance.ts';
export { authorizerConformance } from './conformance.ts';
export {
  aBinding,
  aCluster,
  aGrant,
  anAccessQuery,
  aPrincipal,
  aRequestPolicy,
  aResourceRequest,
  aRole,
} from './fixtures.ts';
export type {
  OutsideAuthorizerConformanceCase,
  OutsideAuthorizerSetup,
  ServiceBehaviour,
  ServiceQuestion,
} from './outside-conformance.ts';
export { outsideAuthorizerConformance } from './outside-conformance.ts';
