import type { IdentityProviderId, Secret } from '@sallyport/core';
import { LoginError } from '../errors.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { IdentityProviderRecord } from '../stores/records.ts';
import type { OidcProvider } from './oidc-provider-record.ts';

/** A provider that people can choose, with the name of the organization that it is for. */
export interface ProviderChoice {
  readonly record: IdentityProviderRecord;
  readonly organization: string;
}

/** The identity providers as of now. */
export interface ProviderDirectory {
  /**
   * One of them, by its names.
   * @throws LoginError `ERR_LOGIN_NOT_FOUND`; `ERR_LOGIN_DISABLED` when it is there and disabled
   */
  choice(organization: unknown, name: unknown): ProviderChoice;
  /** The enabled provider of that id. */
  find(id: IdentityProviderId): IdentityProviderRecord | undefined;
  /** What talking to an OpenID Connect provider takes; `undefined` for one that speaks SAML. */
  oidc(record: IdentityProviderRecord): Promise<OidcProvider | undefined>;
}

/** What {@link createProviderDirectory} needs. */
export interface ProviderDirectoryOptions {
  readonly store: { clientSecret(id: IdentityProviderId): Promise<Secret | undefined> };
  readonly snapshots: Pick<SnapshotSource, 'current'>;
}

/** Creates the directory: everything but secrets comes from the snapshot. */
export function createProviderDirectory({ store, snapshots }: ProviderDirectoryOptions): ProviderDirectory {
  function all(): readonly ProviderChoice[] {
    const { identityProviders, organizations } = snapshots.current();
    return [...identityProviders.values()].flatMap((record) => {
      const organization = organizations.get(record.organizationId)?.name;
      return organization === undefined ? [] : [{ record, organization }];
    });
  }
  const isEnabled = (record: IdentityProviderRecord) => record.spec.disabled !== true;

  return {
    choice(organization, name) {
      const found = all().find((each) => each.organization === organization && each.record.name === name);
      if (found === undefined) {
        throw new LoginError({ code: 'ERR_LOGIN_NOT_FOUND', message: 'there is no such identity provider' });
      }
      if (isEnabled(found.record)) return found;
      throw new LoginError({
        code: 'ERR_LOGIN_DISABLED',
        message: `nobody signs in with ${displayNameOf(found.record)} at present: it is disabled here`,
        nextStep: 'Ask an administrator of the organization.',
      });
    },
    find(id) {
      const record = snapshots.current().identityProviders.get(id);
      return record !== undefined && isEnabled(record) ? record : undefined;
    },
    async oidc(record) {
      if (record.spec.oidc === undefined) return undefined;
      return toOidcProvider(record, record.hasClientSecret ? await store.clientSecret(record.id) : undefined);
    },
  };
}

/** What people are shown of a provider. */
export function displayNameOf({ name, spec }: Pick<IdentityProviderRecord, 'name' | 'spec'>): string {
  return spec.displayName ?? name;
}

/** A provider as the broker takes it; `undefined` for one that does not speak OpenID Connect. */
export function toOidcProvider(
  record: Pick<IdentityProviderRecord, 'id' | 'organizationId' | 'name' | 'spec'>,
  clientSecret: Secret | undefined,
): OidcProvider | undefined {
  const { oidc, claims = {}, groupsSource = 'claims' } = record.spec;
  if (oidc === undefined) return undefined;
  return {
    id: record.id,
    organizationId: record.organizationId,
    name: record.name,
    displayName: displayNameOf(record),
    issuer: oidc.issuer,
    clientId: oidc.clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    clientAuthentication: oidc.clientAuthentication ?? (clientSecret === undefined ? 'none' : 'client_secret_post'),
    ...(oidc.scopes !== undefined && { scopes: oidc.scopes }),
    claims,
    groupsSource,
  };
}
