import { randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';

/** How server and portal know one another: one origin, whose login is the identity provider `portal`. */
export function portalSettings(port: number) {
  const publicUrl = `https://127.0.0.1:${port}`;
  const [issuer, id, secret] = [`${publicUrl}/portal/oidc`, 'sallyport', randomBytes(32).toString('base64url')];
  const client = { issuer, id, secret, callbackUrl: `${publicUrl}/login/callback/default/portal` };
  const provider = { name: 'portal', displayName: 'Portal', issuer, clientId: id, clientSecret: new Secret(secret) };
  const config = {
    publicUrl,
    agentListen: { host: '127.0.0.1', port: 0 },
    identityProviders: [{ ...provider, oauthScopes: ['openid'], userNameClaim: 'email', groupsClaim: 'groups' }],
    bindings: [{ role: 'admin', identityProvider: 'portal', group: 'admins' }] as const,
  };
  return { config, client };
}
