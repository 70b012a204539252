import {
  apiKeyListSchema,
  createApiKeySchema,
  createdApiKeySchema,
  exchangedTokenSchema,
  exchangeTokenSchema,
  issuedScimTokenSchema,
  issueScimTokenSchema,
} from '../machines.ts';
import type { Operation } from './operation.ts';

const SERVICE_ACCOUNT = '/organizations/{organization}/service-accounts/{name}' as const;

/** Operations of machines that sign in, and of the token by which an identity provider keeps its people here. */
export const machineOperations = {
  createApiKey: {
    method: 'POST',
    path: `${SERVICE_ACCOUNT}/api-keys`,
    summary: 'Creates an API key of a service account; its secret is answered this once',
    permission: 'apiKeys.create',
    body: createApiKeySchema,
    response: createdApiKeySchema,
    status: 201,
    isIdempotent: true,
  },
  listApiKeys: {
    method: 'GET',
    path: `${SERVICE_ACCOUNT}/api-keys`,
    summary: 'Lists the live API keys of a service account, never their secrets',
    permission: 'apiKeys.read',
    response: apiKeyListSchema,
    status: 200,
  },
  revokeApiKey: {
    method: 'DELETE',
    path: `${SERVICE_ACCOUNT}/api-keys/{id}`,
    summary: 'Revokes an API key, and everything minted with it, at once',
    permission: 'apiKeys.revoke',
    status: 204,
  },
  exchangeWorkloadToken: {
    method: 'POST',
    path: '/organizations/{organization}/workload-identities/{name}/token',
    summary: 'Exchanges a token of a platform for an access token of a workload identity (RFC 8693)',
    permission: 'public',
    body: exchangeTokenSchema,
    response: exchangedTokenSchema,
    status: 200,
  },
  issueScimToken: {
    method: 'POST',
    path: '/organizations/{organization}/identity-providers/{name}/scim-token',
    summary: 'Issues a new token for the SCIM endpoint of an identity provider; it is answered this once',
    permission: 'identityProviders.update',
    body: issueScimTokenSchema,
    response: issuedScimTokenSchema,
    status: 201,
  },
} as const satisfies Readonly<Record<string, Operation>>;
