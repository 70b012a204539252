import type { MockHandlers } from './handlers.ts';

/** The ways to sign in of an organization with two providers and local users. */
export const signInHandlers: MockHandlers<'listSignInMethods'> = {
  listSignInMethods: ({ input: { organization } }) => ({
    items: (
      [
        { kind: 'oidc', organization: 'halden', name: 'sso', displayName: 'Halden SSO' },
        { kind: 'saml', organization: 'halden', name: 'partners', displayName: 'Contractors' },
        { kind: 'local', organization: 'halden', displayName: 'User of this server' },
      ] as const
    ).filter((method) => organization === undefined || method.organization === organization),
    hasPasskeys: true,
  }),
};
