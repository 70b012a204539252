import type { Clock } from '@sallyport/core';
import type { SignInMethod, SignInMethodList } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';
import { hasLocalUsers } from './local/local-principals.ts';
import { localSignInPath } from './local/local-routes.ts';
import { relyingPartyOf } from './local/passkeys.ts';
import { displayNameOf } from './provider-directory.ts';
import { SAML_LOGIN_PATH } from './saml/saml-provider.ts';

/** The ways to sign in, as anybody may see them. */
export interface SignInMethods {
  /** Whether browsers have passkeys at this server. */
  readonly hasPasskeys: boolean;
  /** All that can be used at present: OpenID Connect first, then SAML, then local users, each by organization and name. */
  all(): readonly SignInMethod[];
  /**
   * Those of one organization, or all, to whoever asks from an address.
   * @throws ApiError `ERR_API_TOO_MANY_REQUESTS`
   */
  list(request: { readonly organization?: string | undefined; readonly sourceAddress: string }): SignInMethodList;
}

/** How often an address may list the ways to sign in within a minute. A page asks once, and many people may share an address. */
export const MAX_SIGN_IN_METHOD_READS = 600;
const WINDOW_MS = 60_000;

/** Creates the list over the records as of now. */
export function createSignInMethods(options: {
  readonly publicUrl: string;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly clock: Clock;
}): SignInMethods {
  const { publicUrl, snapshots, clock } = options;
  const hasPasskeys = relyingPartyOf(publicUrl) !== undefined;
  const reads = createAttemptLimiter({ maxAttempts: MAX_SIGN_IN_METHOD_READS, windowMs: WINDOW_MS, clock });
  const all = () => methodsOf(snapshots.current());
  return {
    hasPasskeys,
    all,
    list({ organization, sourceAddress }) {
      if (!reads.attempt(sourceAddress)) {
        throw new ApiError({
          code: 'ERR_API_TOO_MANY_REQUESTS',
          message: `the ways to sign in were read more than ${MAX_SIGN_IN_METHOD_READS} times from your address within a minute`,
          nextStep: 'Wait a minute, then try again.',
        });
      }
      return {
        items: all().filter((method) => organization === undefined || method.organization === organization),
        hasPasskeys,
      };
    },
  };
}

/** Where a login under way goes on by a method. For local users that takes what they type; else it leads to the provider. */
export function signInPath({ kind, organization, name = '' }: SignInMethod, flowId: string): string {
  switch (kind) {
    case 'oidc':
      return `/login/${flowId}/with/${organization}/${name}`;
    case 'saml':
      return `${SAML_LOGIN_PATH}/${organization}/${name}/start/${flowId}`;
    case 'local':
      return localSignInPath(organization, flowId);
  }
}

const RANK: Readonly<Record<SignInMethod['kind'], number>> = { oidc: 0, saml: 1, local: 2 };

function methodsOf(snapshot: Snapshot): readonly SignInMethod[] {
  const { identityProviders, organizations } = snapshot;
  const provided = [...identityProviders.values()].flatMap((record): SignInMethod[] => {
    const organization = organizations.get(record.organizationId)?.name;
    if (organization === undefined || record.spec.disabled === true) return [];
    const kind = record.spec.oidc !== undefined ? 'oidc' : record.spec.saml !== undefined ? 'saml' : undefined;
    return kind === undefined ? [] : [{ kind, organization, name: record.name, displayName: displayNameOf(record) }];
  });
  const local = [...organizations.values()].flatMap(({ id, name }): SignInMethod[] =>
    hasLocalUsers(snapshot, id) ? [{ kind: 'local', organization: name, displayName: 'User of this server' }] : [],
  );
  return [...provided, ...local].sort(
    (a, b) =>
      RANK[a.kind] - RANK[b.kind] || compare(a.organization, b.organization) || compare(a.name ?? '', b.name ?? ''),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
