import { createId, LOCAL_ISSUER, type OrganizationId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../snapshot.ts';
import { createSignInMethods, MAX_SIGN_IN_METHOD_READS, signInPath } from './sign-in-methods.ts';

const [acme, other] = [createId('organization'), createId('organization')];

function aProvider(organizationId: OrganizationId, name: string, spec: object) {
  return [createId('identityProvider'), { name, organizationId, spec }] as const;
}

function aLocalUser(organizationId: OrganizationId) {
  const id = createId('principal');
  return [id, { id, organizationId, kind: 'user', issuer: LOCAL_ISSUER }] as const;
}

/** What the list reads of a snapshot. */
const snapshot = {
  organizations: new Map([
    [acme, { id: acme, name: 'acme' }],
    [other, { id: other, name: 'other', spec: { settings: { disableLocalUsers: true } } }],
  ]),
  identityProviders: new Map([
    aProvider(acme, 'saml', { saml: { issuer: 'x' }, displayName: 'Company' }),
    aProvider(acme, 'sso', { oidc: { issuer: 'x', clientId: 'secret-client' } }),
    aProvider(acme, 'old', { oidc: { issuer: 'x' }, disabled: true }),
    aProvider(other, 'sso', { oidc: { issuer: 'x' } }),
  ]),
  principals: new Map([aLocalUser(acme), aLocalUser(other)]),
} as unknown as Snapshot;

function methods(publicUrl = 'https://sallyport.example.com') {
  const clock = createFakeClock();
  return { clock, ...createSignInMethods({ publicUrl, snapshots: { current: () => snapshot }, clock }) };
}

describe('the ways to sign in', () => {
  it('are the providers that are not disabled and local users where they are allowed, with nothing else of them', () => {
    expect(methods().list({ sourceAddress: '192.0.2.1' })).toEqual({
      items: [
        { kind: 'oidc', organization: 'acme', name: 'sso', displayName: 'sso' },
        { kind: 'oidc', organization: 'other', name: 'sso', displayName: 'sso' },
        { kind: 'saml', organization: 'acme', name: 'saml', displayName: 'Company' },
        { kind: 'local', organization: 'acme', displayName: 'User of this server' },
      ],
      hasPasskeys: true,
    });
    expect(methods('https://192.0.2.9').hasPasskeys).toBe(false);
  });

  it('are none for a name that nobody has, as for an organization without any', () => {
    const { list } = methods();
    expect(list({ organization: 'nobody', sourceAddress: '192.0.2.1' }).items).toEqual([]);
    expect(list({ organization: 'other', sourceAddress: '192.0.2.1' }).items).toHaveLength(1);
  });

  it('SEC-E20 are read only so often from one address', () => {
    const { list, clock } = methods();
    for (let reads = 0; reads < MAX_SIGN_IN_METHOD_READS; reads += 1) list({ sourceAddress: '192.0.2.1' });
    expect(() => list({ sourceAddress: '192.0.2.1' })).toThrow(
      expect.objectContaining({ code: 'ERR_API_TOO_MANY_REQUESTS' }),
    );
    expect(list({ sourceAddress: '192.0.2.2' }).items).toHaveLength(4);
    clock.advance(60_000);
    expect(list({ sourceAddress: '192.0.2.1' }).items).toHaveLength(4);
  });

  it('go on where a login of each kind does', () => {
    expect(
      methods()
        .all()
        .map((method) => signInPath(method, 'flow')),
    ).toEqual([
      '/login/flow/with/acme/sso',
      '/login/flow/with/other/sso',
      '/login/saml/acme/saml/start/flow',
      '/login/local/in/acme/flow',
    ]);
  });
});
