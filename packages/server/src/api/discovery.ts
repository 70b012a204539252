import type { Discovery } from '@sallyport/core/api';
import { API_PREFIX } from '@sallyport/core/api';
import type { RequestHandler } from 'express';
import { API_OAUTH_SCOPE, CLI_CLIENT_ID } from '../authn/oauth-server.ts';
import { brandingOf } from './branding.ts';
import type { ApiContext } from './context.ts';

/** Answers the discovery document. */
export function discoveryHandler(
  { publicUrl, oauth, agents, snapshots }: Pick<ApiContext, 'publicUrl' | 'oauth' | 'agents' | 'snapshots'>,
  options: { readonly version: string; readonly kubeHostDomain?: string; readonly docs?: string },
): RequestHandler {
  const document: Discovery = {
    apiVersion: 'v1',
    version: options.version,
    publicUrl,
    apiBase: publicUrl + API_PREFIX,
    oauthIssuer: oauth.issuer,
    oauthClientId: CLI_CLIENT_ID,
    oauthResource: oauth.resource,
    oauthScope: API_OAUTH_SCOPE,
    kube: { pathPrefix: '/k', ...(options.kubeHostDomain !== undefined && { hostDomain: options.kubeHostDomain }) },
    agents: { ...agents },
    ...(options.docs !== undefined && { docs: options.docs }),
  };
  return (_request, response) => {
    const branding = brandingOf(snapshots.current().installation);
    response.json(branding === undefined ? document : { ...document, branding });
  };
}
