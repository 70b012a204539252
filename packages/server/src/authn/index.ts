/**
 * Signing in: Sallyport's own OAuth server for command lines, the broker to identity providers upstream, and the embedded
 * development provider. `createRestApi` puts the first two together; the development provider and the fetch towards
 * providers are made by the caller and handed in.
 *
 * @packageDocumentation
 */
export type { DevelopmentProvider, DevelopmentProviderOptions, DevelopmentUser } from './development-provider.ts';
export { createDevelopmentProvider, DEVELOPMENT_PROVIDER_PATH } from './development-provider.ts';
export { brokerCallbackUrl } from './login-routes.ts';
export type { ProviderFetch, ProviderFetchOptions } from './provider-fetch.ts';
export { createProviderFetch } from './provider-fetch.ts';
export { DEFAULT_LOGIN_SESSION_LIFETIME_MS } from './session-rules.ts';
