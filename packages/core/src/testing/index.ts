/**
 * Doubles for tests: a clock that is moved by hand, an identity provider and a kube-apiserver on loopback. And for those who bring a
 * verifier of credentials of their own, or receive notifications: what is relied on, as data. Nothing here depends on a test runner.
 *
 * @packageDocumentation
 */

export type { Browser, BrowserFetch, BrowserForm, BrowserOptions, BrowserPage } from './browser.ts';
export { createBrowser } from './browser.ts';
export type {
  CredentialVerifierConformanceCase,
  CredentialVerifierUnderTest,
} from './credential-verifier-conformance.ts';
export { credentialVerifierConformance } from './credential-verifier-conformance.ts';
export type { FakeClock } from './fake-clock.ts';
export { createFakeClock } from './fake-clock.ts';
export type { FakeIdentityProvider, FakeIdentityProviderOptions } from './fake-identity-provider.ts';
export { createFakeIdentityProvider } from './fake-identity-provider.ts';
export type { AuditLog, AuditLogEvent } from './fake-kube-apiserver/audit-log.ts';
export type { FakeKubeUser } from './fake-kube-apiserver/authenticate.ts';
export type { IssuedCertificate, TestCertificateAuthority } from './fake-kube-apiserver/certificates.ts';
export { createTestCertificateAuthority } from './fake-kube-apiserver/certificates.ts';
export type { FakeKubeApiServer, FakeKubeApiServerOptions } from './fake-kube-apiserver/fake-kube-apiserver.ts';
export { createFakeKubeApiServer } from './fake-kube-apiserver/fake-kube-apiserver.ts';
export type { FakeImage } from './fake-kube-apiserver/kubelet.ts';
export type { VersionInfo } from './fake-kube-apiserver/non-resource-api.ts';
export type { KubeObject, ObjectMeta } from './fake-kube-apiserver/objects.ts';
export type { RecordedRequest } from './fake-kube-apiserver/recording.ts';
export type {
  Endpoint,
  EndpointFault,
  FakeClient,
  FakeUser,
  OAuthError,
  ReceivedRequest,
  TokenFault,
} from './identity-provider/types.ts';
export type { DeviceState, ShownDevice, SignInOptions } from './sign-in.ts';
export { approveDevice, signIn, typeUserCode } from './sign-in.ts';
export type {
  WebhookOutcome,
  WebhookReceiverConformanceCase,
  WebhookReceiverSetup,
} from './webhook-receiver-conformance.ts';
export { webhookReceiverConformance } from './webhook-receiver-conformance.ts';
