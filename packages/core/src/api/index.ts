/**
 * The REST contract of Sallyport and its typed client.
 *
 * Start with {@link fetchDiscovery}: a host name is all it needs. Sign in at the issuer it names, with a
 * {@link generateDpopKeyPair key pair} that access tokens are bound to, then call {@link createApiClient}. The
 * {@link operations} table is the contract itself: server routes, permissions and documentation are derived from it.
 * Signing in is left to an OAuth library.
 *
 * @packageDocumentation
 */

export { AUDIT_EVENT_CATEGORIES, AUDIT_EVENT_SEVERITIES, EXPORT_COUNT_HEADER } from '../audit-words.ts';
export type {
  AccessRequestList,
  AccessRequestResource,
  CreateAccessRequest,
  CreateGrant,
  FollowUp,
  GrantedObjectSpec,
  GrantList,
  GrantResource,
  RenewGrant,
  RequestableList,
  ReviewAccessRequest,
} from './access-requests.ts';
export {
  ACCESS_REQUEST_STATES,
  accessRequestListSchema,
  accessRequestQuerySchema,
  accessRequestSchema,
  createAccessRequestSchema,
  createGrantSchema,
  endWithReasonSchema,
  followUpSchema,
  GRANT_STATES,
  grantedObjectSchema,
  grantListSchema,
  grantQuerySchema,
  grantSchema,
  renewGrantSchema,
  requestableListSchema,
  requestableQuerySchema,
  reviewAccessRequestSchema,
} from './access-requests.ts';
export type {
  AccessReviewItemList,
  AccessReviewItemResource,
  AccessReviewList,
  AccessReviewResource,
  CreateAccessReview,
  DecideAccessReviewItem,
} from './access-reviews.ts';
export {
  ACCESS_REVIEW_ITEM_STATES,
  ACCESS_REVIEW_REPORT_FORMATS,
  ACCESS_REVIEW_STATES,
  accessReviewItemListSchema,
  accessReviewItemQuerySchema,
  accessReviewItemSchema,
  accessReviewListSchema,
  accessReviewQuerySchema,
  accessReviewReportQuerySchema,
  accessReviewSchema,
  createAccessReviewSchema,
  decideAccessReviewItemSchema,
} from './access-reviews.ts';
export type { ApplyReport, ApplyRequest, ApplyResult } from './apply.ts';
export { applyReportSchema, applyResultSchema, applySchema, MAX_APPLY_RESOURCES } from './apply.ts';
export type {
  AuditAggregate,
  AuditCountField,
  AuditEventList,
  AuditEventResource,
  KubectlCommandList,
  KubectlCommandResource,
} from './audit.ts';
export {
  AUDIT_COUNT_FIELDS,
  AUDIT_EXPORT_FORMATS,
  auditAggregateQuerySchema,
  auditAggregateSchema,
  auditEventListSchema,
  auditEventQuerySchema,
  auditEventSchema,
  auditExportQuerySchema,
  auditQuerySchema,
  auditTailQuerySchema,
  kubectlCommandListSchema,
  kubectlCommandQuerySchema,
  kubectlCommandSchema,
  MAX_AUDIT_PAGE_SIZE,
} from './audit.ts';
export type { AuditDelivery, AuditReceiver } from './audit-delivery.ts';
export { AUDIT_METRICS_FORMATS, auditDeliverySchema, auditReceiverSchema } from './audit-delivery.ts';
export type { AuditFilter, AuditFilterInput } from './audit-filters.ts';
export { auditFilterSchema } from './audit-filters.ts';
export type {
  AuditCheckpoint,
  AuditCheckpointList,
  AuditConsistency,
  AuditInclusion,
  AuditKeyList,
  AuditTile,
} from './audit-proof.ts';
export {
  AUDIT_BUNDLE_FORMATS,
  auditBundleQuerySchema,
  auditCheckpointListSchema,
  auditCheckpointSchema,
  auditCheckpointsQuerySchema,
  auditConsistencyQuerySchema,
  auditConsistencySchema,
  auditInclusionQuerySchema,
  auditInclusionSchema,
  auditKeyListSchema,
  auditLogQuerySchema,
  auditTileSchema,
} from './audit-proof.ts';
export type { Branding } from './branding.ts';
export { brandingSchema } from './branding.ts';
export type {
  ApiClient,
  FetchDiscoveryOptions,
  OperationInput,
  OperationOutput,
  ReadTextOptions,
  TextOperationName,
  TextReader,
  TextStream,
} from './client.ts';
export { createApiClient, createTextReader, fetchDiscovery } from './client.ts';
export type { Discovery } from './discovery.ts';
export { DISCOVERY_PATH, discoverySchema, LOOPBACK_REDIRECT_PATH } from './discovery.ts';
export type { DpopKeyPair, DpopProofOptions } from './dpop.ts';
export { createDpopProof, exportDpopKeyPair, generateDpopKeyPair, hashAccessToken, importDpopKeyPair } from './dpop.ts';
export type { EndedStream, EndedStreamList } from './ended-streams.ts';
export { endedStreamListSchema, endedStreamSchema } from './ended-streams.ts';
export type { StreamedEvent } from './event-stream.ts';
export { readEventStream } from './event-stream.ts';
export { fillPath } from './fill-path.ts';
export type { PageOf } from './items-of.ts';
export { itemsOf } from './items-of.ts';
export type { JsonSchema } from './json-schema.ts';
export { documentJsonSchema, kindJsonSchema } from './json-schema.ts';
export type { KeyList, KeyResource, RotateKeys } from './keys.ts';
export {
  KEY_PHASES,
  KEY_PURPOSES,
  keyListSchema,
  keySchema,
  ORGANIZATION_KEY_PURPOSES,
  rotateKeysSchema,
} from './keys.ts';
export type { AuditSinkType } from './kinds/audit-sink.ts';
export { AUDIT_SINK_TYPES } from './kinds/audit-sink.ts';
export type { ClusterHealth } from './kinds/cluster.ts';
export { clusterHealthSchema } from './kinds/cluster.ts';
export type { ClaimMapping } from './kinds/identity-provider.ts';
export { claimMappingSchema } from './kinds/identity-provider.ts';
export type { KindName, KindResource, KindSpec, ResourceDocument } from './kinds/index.ts';
export { kinds } from './kinds/index.ts';
export type { NotificationChannelType, NotificationEvent } from './kinds/notification-channel.ts';
export { NOTIFICATION_CHANNEL_TYPES, NOTIFICATION_EVENTS } from './kinds/notification-channel.ts';
export type { OrganizationSettings, Settings } from './kinds/settings.ts';
export { organizationSettingsSchema, settingsSchema } from './kinds/settings.ts';
export type {
  AddPasskey,
  Factors,
  InviteUser,
  LocalLinkResource,
  PasskeyResource,
  RecoveryCodes,
  ResetUser,
  TotpSecret,
} from './local-users.ts';
export {
  addPasskeySchema,
  confirmTotpSchema,
  factorsSchema,
  inviteUserSchema,
  localLinkSchema,
  passkeyOptionsSchema,
  passkeySchema,
  recoveryCodesSchema,
  resetUserSchema,
  setPasswordSchema,
  totpSecretSchema,
} from './local-users.ts';
export type {
  ApiKeyList,
  ApiKeyResource,
  CreateApiKey,
  CreatedApiKey,
  ExchangedToken,
  ExchangeToken,
  IssuedScimToken,
  IssueScimToken,
} from './machines.ts';
export {
  ACCESS_TOKEN_TYPE,
  apiKeyListSchema,
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  exchangedTokenSchema,
  exchangeTokenSchema,
  issuedScimTokenSchema,
  issueScimTokenSchema,
  JWT_TOKEN_TYPE,
  TOKEN_EXCHANGE_GRANT,
} from './machines.ts';
export { dnsLabelSchema, durationSchema, labelSelectorSchema, labelsSchema } from './names.ts';
export type { OpenApiOptions } from './openapi.ts';
export { createOpenApi } from './openapi.ts';
export type { AuditSinkTest } from './operations/audit-sinks.ts';
export { auditSinkTestSchema } from './operations/audit-sinks.ts';
export type { DryRun, DryRunReport, ProviderTest } from './operations/identity.ts';
export { dryRunReportSchema, dryRunSchema, providerTestSchema } from './operations/identity.ts';
export type { OperationName } from './operations/index.ts';
export { operations } from './operations/index.ts';
export type { Passage } from './operations/kube-path.ts';
export { issueKubeTicketSchema, KUBE_PASSAGE, kubeTicketSchema } from './operations/kube-path.ts';
export type {
  ChannelTest,
  NotificationDelivery,
  NotificationDeliveryList,
} from './operations/notifications.ts';
export {
  channelTestSchema,
  NOTIFICATION_DELIVERY_STATES,
  notificationDeliveryListSchema,
  notificationDeliverySchema,
} from './operations/notifications.ts';
export type { Operation } from './operations/operation.ts';
export type { OperationPermission, PlatformPermission } from './permissions.ts';
export { PERMISSION_CATALOGUE, PLATFORM_PERMISSIONS } from './permissions.ts';
export type {
  AccessComparison,
  AccessSubjectSpec,
  ExplainedAccess,
  PolicyTest,
  ProxiedRequestSpec,
  SuggestedRole,
} from './policy-tools.ts';
export { accessSubjectSchema, policyTestSchema, proxiedRequestSchema } from './policy-tools.ts';
export type { ApiProblemCode, Problem } from './problem.ts';
export { PROBLEM_MEDIA_TYPE, problemSchema } from './problem.ts';
export { ApiProblemError, isProblem } from './problem-error.ts';
export { readProblem } from './read-problem.ts';
export type { NewCluster, RegisteredCluster } from './register-cluster.ts';
export { registerCluster } from './register-cluster.ts';
export type { ApiClientOptions, ApiFetch, CallOptions } from './requests.ts';
export { API_PREFIX } from './requests.ts';
export type { ResourceKind } from './resource.ts';
export { API_VERSION, listQuerySchema, MAX_PAGE_SIZE, pageMetadataSchema, readQuerySchema } from './resource.ts';
export type {
  AgentList,
  ClientCertificateResource,
  ClusterInventoryResource,
  CredentialList,
  CredentialResource,
  InstallValues,
  IssueClientCertificate,
  IssuedJoinToken,
  JoinTokenList,
  JoinTokenResource,
  KubeCredentialResource,
  LoginSessionList,
  LoginSessionResource,
  MintStaticToken,
  WhoAmI,
} from './resources.ts';
export {
  agentListSchema,
  CREDENTIAL_KINDS,
  clientCertificateSchema,
  credentialListSchema,
  credentialSchema,
  endedSchema,
  installValuesSchema,
  issueClientCertificateSchema,
  issuedJoinTokenSchema,
  issueJoinTokenSchema,
  joinTokenListSchema,
  joinTokenSchema,
  kubeCredentialSchema,
  loginSessionListSchema,
  loginSessionSchema,
  MAX_CSR_LENGTH,
  mintStaticTokenSchema,
  sessionQuerySchema,
  whoAmISchema,
} from './resources.ts';
export {
  type AuditRetention,
  type AuditRetentionSpec,
  auditRetentionSpecSchema,
  type CreateLegalHold,
  createLegalHoldSchema,
  type LegalHoldList,
  type LegalHoldResource,
  type legalHoldQuerySchema,
  RETAINED,
  type Retained,
  type releaseLegalHoldSchema,
} from './retention.ts';
export type { RetryOptions } from './retry.ts';
export type {
  RecordedSessionList,
  RecordingQuery,
  SessionHitList,
  SessionListQuery,
  SessionResource,
  SessionSearchQuery,
} from './sessions.ts';
export {
  MAX_SEARCH_PAGE_SIZE,
  recordedSessionListSchema,
  recordingQuerySchema,
  SESSION_KINDS,
  SESSION_STATES,
  sessionHitListSchema,
  sessionListQuerySchema,
  sessionSchema,
  sessionSearchQuerySchema,
  terminateSessionSchema,
} from './sessions.ts';
export type { SignInMethod, SignInMethodList } from './sign-in.ts';
export {
  SIGN_IN_METHOD_KINDS,
  signInMethodListSchema,
  signInMethodQuerySchema,
  signInMethodSchema,
} from './sign-in.ts';
export type {
  CreatedTerminal,
  EndedTerminal,
  TerminalList,
  TerminalMessage,
  TerminalRequest,
  TerminalResource,
} from './terminals.ts';
export {
  createdTerminalSchema,
  MAX_TERMINAL_FILE_BYTES,
  MAX_TERMINAL_LINE_CHARACTERS,
  TERMINAL_CHANNEL,
  TERMINAL_SUBPROTOCOL,
  terminalListSchema,
  terminalMessageSchema,
  terminalRequestSchema,
  terminalSchema,
} from './terminals.ts';
export { type ByteStream, textChunks } from './text-chunks.ts';
export { undoCommand } from './undo-command.ts';
