import { type Kysely, type Migration, Migrator } from 'kysely';
import { SERVER_VERSION } from '../../version.ts';
import { StoreError } from '../errors.ts';
import type { Database } from '../schema.ts';
import { firstSchema } from './0001-first-schema.ts';
import { organizationModel } from './0002-organization-model.ts';
import { keyLife } from './0003-key-life.ts';
import { localUsers } from './0004-local-users.ts';
import { machines } from './0005-machines.ts';
import { loginSessions } from './0006-login-sessions.ts';
import { clusterLife } from './0007-cluster-life.ts';
import { credentials } from './0008-credentials.ts';
import { accessPolicies } from './0009-access-policies.ts';
import { limitShares } from './0010-limit-shares.ts';
import { accessRequests } from './0011-access-requests.ts';
import { accessReviews } from './0012-access-reviews.ts';
import { notifications } from './0013-notifications.ts';
import { credentialForms } from './0014-credential-forms.ts';
import { endedStreams } from './0015-ended-streams.ts';
import { auditLog } from './0016-audit-log.ts';
import { auditSinks } from './0017-audit-sinks.ts';
import { recordings } from './0018-recordings.ts';
import { auditRetention } from './0019-audit-retention.ts';
import { auditSearch } from './0020-audit-search.ts';
import { sessionSurfaces } from './0021-session-surfaces.ts';
import { auditProof } from './0022-audit-proof.ts';
import { deletedRecordings } from './0023-deleted-recordings.ts';
import { peerAddresses } from './0024-peer-addresses.ts';
import { terminals } from './0025-terminals.ts';
import { findUnknownMigrations, isOneMinorOn, noteSchemaVersion } from './schema-version.ts';

/**
 * All migrations, in order of their names. A released one never changes, and a new one leaves in place what the minor version
 * before it reads and writes: `compatibility.test.ts` holds them to that.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-schema': firstSchema,
  '0002-organization-model': organizationModel,
  '0003-key-life': keyLife,
  '0004-local-users': localUsers,
  '0005-machines': machines,
  '0006-login-sessions': loginSessions,
  '0007-cluster-life': clusterLife,
  '0008-credentials': credentials,
  '0009-access-policies': accessPolicies,
  '0010-limit-shares': limitShares,
  '0011-access-requests': accessRequests,
  '0012-access-reviews': accessReviews,
  '0013-notifications': notifications,
  '0014-credential-forms': credentialForms,
  '0015-ended-streams': endedStreams,
  '0016-audit-log': auditLog,
  '0017-audit-sinks': auditSinks,
  '0018-recordings': recordings,
  '0019-audit-retention': auditRetention,
  '0021-session-surfaces': sessionSurfaces,
  '0020-audit-search': auditSearch,
  '0022-audit-proof': auditProof,
  '0023-deleted-recordings': deletedRecordings,
  '0024-peer-addresses': peerAddresses,
  '0025-terminals': terminals,
};

/** Options of {@link migrate}. */
export interface MigrateOptions {
  /** Defaults to {@link MIGRATIONS}. */
  readonly migrations?: Readonly<Record<string, Migration>>;
  /** Version of the server. Defaults to this one's. */
  readonly version?: string;
}

/**
 * Brings the schema up to date. Runs in one transaction under a lock of the database: replicas that start together wait for
 * one another, and one that is killed half way leaves nothing behind. A schema that a server of the next minor version made is
 * left as it is: both work side by side.
 * @throws StoreError `ERR_STORE_MIGRATION`, also when the schema is newer than that
 */
export async function migrate(db: Kysely<Database>, options: MigrateOptions = {}): Promise<void> {
  const { migrations = MIGRATIONS, version = SERVER_VERSION } = options;
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return noteSchemaVersion(db, version);
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  if (failed !== undefined) throw migrationError(`migration ${failed} failed`, error);
  const unknown = await findUnknownMigrations(db, migrations).catch(() => undefined);
  if (unknown === undefined) throw migrationError('the schema could not be looked at', error);
  const { names, schemaVersion } = unknown;
  if (isOneMinorOn(schemaVersion, version)) return;
  const by = schemaVersion === undefined ? 'a newer version' : `version ${schemaVersion}`;
  throw migrationError(
    `the schema was made by ${by}, this is ${version}, which does not know ${names.join(', ')}`,
    error,
  );
}

function migrationError(message: string, cause: unknown): StoreError {
  return new StoreError({
    code: 'ERR_STORE_MIGRATION',
    message,
    cause,
    nextStep: 'Start the version that last used this database, or a newer one.',
  });
}
