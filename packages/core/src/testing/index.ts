/**
 * Doubles for tests: a clock that is moved by hand, an identity provider and a kube-apiserver on loopback. None of them
 * depends on a test runner.
 *
 * @packageDocumentation
 */

export type { Browser, BrowserFetch, BrowserForm, BrowserOptions, BrowserPage } from './browser.ts';
export { createBrowser } from './browser.ts';
export type { FakeClock } from './fake-clock.ts';
export { createFakeClock } from './fake-clock.ts';
export type { FakeIdentityProvider, FakeIdentityProviderOptions } from './fake-identity-provider.ts';
export { createFakeIdentityProvider } from './fake-identity-provider.ts';
export type {
  Endpoint,
  EndpointFault,
  FakeClient,
  FakeUser,
  OAuthError,
  ReceivedRequest,
  TokenFault,
} from './identity-provider/types.ts';
export type { SignInOptions } from './sign-in.ts';
export { approveDevice, signIn } from './sign-in.ts';
