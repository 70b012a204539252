import { BUILT_IN_ROLES, type BuiltInRoleName } from '@sallyport/authz';
import { type Clock, describeNameProblem, type Logger, type Secret, silentLogger, systemClock } from '@sallyport/core';
import { assertLocalUsersEnabled } from './authn/local/local-principals.ts';
import { linkAddress } from './authn/local/setup.ts';
import { isMachineName } from './authn/machine-names.ts';
import { bootstrap } from './bootstrap.ts';
import type { ServerConfig } from './config.ts';
import { ServerError } from './errors.ts';
import { storeLocationOf, storeOptionsOf } from './key-management.ts';
import { letIn } from './let-in.ts';
import { createSnapshotSource } from './snapshot-source.ts';
import { openStore } from './stores/index.ts';
import { systemEvent } from './system-event.ts';

/** Who is let in by whoever runs the server. */
export interface OperatorInvitation {
  /** User name. A local user of that name is set up anew; a person of an identity provider is refused. */
  readonly name: string;
  /** Built-in role to be bound on the whole organization. */
  readonly role: string;
  /** How people reach the server: an https origin, without a trailing slash. */
  readonly publicUrl: string;
}

/**
 * Lets somebody into a server that nobody can sign in to yet, or any more: makes a local user of the configured
 * organization with a role, and a link by which they set up how they sign in. Works on the database of the configuration,
 * on the authority of whoever can read its encryption key; audited without a principal.
 * @throws ServerError `ERR_INVITATION_REFUSED`; LoginError `ERR_LOGIN_NOT_LOCAL`, `ERR_LOGIN_LOCAL_DISABLED`; StoreError,
 * among them `ERR_STORE_LOCKED` while a server runs on the embedded database
 */
export async function inviteOperator(
  config: ServerConfig,
  { name, role, publicUrl }: OperatorInvitation,
  options: { readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<{ readonly link: Secret; readonly expiresAt: Date }> {
  const { clock = systemClock, logger = silentLogger } = options;
  const problem = isMachineName(name) ? 'would be the name of a machine' : describeNameProblem(name);
  if (problem !== undefined) throw refused(`the user name ${JSON.stringify(name.slice(0, 64))} ${problem}`);
  if (!Object.hasOwn(BUILT_IN_ROLES, role) || role === 'installation-admin') {
    throw refused(`${JSON.stringify(role.slice(0, 64))} is no built-in role of an organization`);
  }
  const store = await openStore(storeLocationOf(config), storeOptionsOf(config, clock, logger));
  try {
    const snapshots = await createSnapshotSource({ store, clock, logger });
    try {
      await bootstrap(store, snapshots, { ...config, bindings: [] }, []);
      const snapshot = await snapshots.refresh();
      const organization = snapshot.find('Organization', config.organization);
      if (organization === undefined) throw refused(`there is no organization ${config.organization}`);
      assertLocalUsersEnabled(snapshot, organization.id);
      const organizationId = organization.id;
      return await store.transact(async (tx) => {
        await tx.lockOrganization(organizationId);
        const { token, expiresAt, endedCount } = await letIn(tx, snapshot, {
          organizationId,
          name,
          role: role as BuiltInRoleName,
          at: new Date(clock.now()),
        });
        await tx.appendAudit(
          systemEvent({ clock, snapshots }, 'user.invited', {
            severity: 'warning',
            organizationId,
            details: { user: name, role, endedSessions: endedCount, expiresAt: expiresAt.toISOString() },
          }),
        );
        return { link: linkAddress(publicUrl, token), expiresAt };
      });
    } finally {
      await snapshots.close();
    }
  } finally {
    await store.close();
  }
}

function refused(message: string): ServerError {
  return new ServerError({
    code: 'ERR_INVITATION_REFUSED',
    message,
    nextStep: 'Choose a plain user name and a built-in role such as owner or admin.',
  });
}
