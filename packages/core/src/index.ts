/**
 * Vocabulary of Sallyport: the nouns that every other package speaks in, with no I/O of their own.
 *
 * Start with {@link parseRequestAttributes} to learn what a kubectl request asks for, {@link impersonationHeaders} to
 * act upstream as somebody, and {@link CodedError} to tell failures apart. Kubeconfig files, credentials, stream codecs,
 * signatures of webhooks, the REST contract and test doubles have entry points of their own.
 *
 * @packageDocumentation
 */
export type { AccessLimits } from './access-limits.ts';
export { type AccessSettings, AUDIT_CHANGES, type AuditChanges } from './access-settings.ts';
export { actionClassOf, isStreamingRequest } from './action-class.ts';
export type { Alarm } from './alarm.ts';
export { createAlarm } from './alarm.ts';
export { AUDIT_EVENT_CATEGORIES, AUDIT_EVENT_SEVERITIES } from './audit-words.ts';
export { canonicalJson } from './canonical-json.ts';
export type { Clock, Timer } from './clock.ts';
export { sleep, systemClock } from './clock.ts';
export type { Cluster } from './cluster.ts';
export { isDnsLabel } from './cluster.ts';
export { formatDuration, parseDuration } from './duration.ts';
export type {
  EnrolmentAttestation,
  EnrolmentRequest,
  EnrolmentResponse,
  StandingRequest,
  StandingResponse,
  TunnelEndpoint,
} from './enrolment.ts';
export { clusterSanUri, DEREGISTERED_CODE, tunnelTokenAudience } from './enrolment.ts';
export type { CodedErrorOptions, CoreErrorCode } from './errors.ts';
export { CodedError, CoreError, isCodedError } from './errors.ts';
export type * from './ids.ts';
export { createId, ID_PREFIXES, isId, parseId } from './ids.ts';
export type { Impersonation } from './impersonation.ts';
export {
  assertImpersonation,
  describeNameProblem,
  impersonationHeaders,
  RESERVED_EXTRA_PREFIX,
} from './impersonation.ts';
export type { LabelRequirement, LabelSelector, WrittenSelector } from './label-selector.ts';
export { describeLabelSelectorProblem, formatLabelSelector, matchLabelSelector } from './label-selector.ts';
export type { LogFields, Logger } from './logger.ts';
export { silentLogger } from './logger.ts';
export { nearestName } from './nearest.ts';
export type { Principal } from './principal.ts';
export { LOCAL_ISSUER } from './principal.ts';
export type { Privilege } from './privileges.ts';
export { PRIVILEGE_CATALOGUE, PRIVILEGES } from './privileges.ts';
export type { RawHeaders } from './raw-headers.ts';
export { allHeaders, firstHeader, packHeaderValue } from './raw-headers.ts';
export { readToEnd } from './read-to-end.ts';
export type { NonResourceAttributes, RequestAttributes, ResourceAttributes } from './request-attributes.ts';
export { parseRequestAttributes } from './request-attributes.ts';
export { readRetryAfter } from './retry-after.ts';
export type { PlaceTextOptions } from './scope-text.ts';
export { objectText, parseObjectText, placeText, scopeText } from './scope-text.ts';
export { Secret } from './secret.ts';
export type { FailureStatusOptions, KubernetesStatus, StatusReason } from './status.ts';
export { failureStatus, parseStatus, successStatus } from './status.ts';
export type {
  EncodedUpstreamAccess,
  UpstreamAccess,
  UpstreamAccessBounds,
  UpstreamAccessLimits,
  UpstreamBinding,
  UpstreamMode,
  UpstreamSubject,
} from './upstream-access/upstream-access.ts';
export type { UpstreamRole, UpstreamRule } from './upstream-access/upstream-roles.ts';
