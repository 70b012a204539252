import { type Clock, createId } from '@sallyport/core';
import { type Transaction as KyselyTransaction, type RawBuilder, sql } from 'kysely';
import { ABOVE_ORGANIZATIONS, type ChangeSet } from './change-feed.ts';
import { channelSecrets } from './channel-secrets.ts';
import type { Envelope } from './envelope.ts';
import { StoreError } from './errors.ts';
import { collectCascades } from './record-cascades.ts';
import { RECORD_SOURCES, type RecordSource } from './record-sources.ts';
import type { Expected, RecordKind, RecordOf, RecordWriter, Writable } from './records.ts';
import type { RestingAccess } from './resting-access.ts';
import type { Database } from './schema.ts';
import { sinkSecrets } from './sink-secrets.ts';

/** What {@link createRecordWriter} stands on. */
export interface RecordWriterOptions {
  readonly db: KyselyTransaction<Database>;
  readonly clock: Clock;
  readonly envelope: Envelope;
  readonly changes: ChangeSet;
  /** Ends requests and grants with what they rest on. */
  readonly resting: RestingAccess;
}

/** Name of the project that every organization has. */
export const DEFAULT_PROJECT = 'default';
/** What the sealed client secret of an identity provider is bound to. */
export const clientSecretContext = (id: string): string => `identityProvider/${id}`;

/** What every row of a managed record has. Organizations and the installation have none above them. */
interface RecordRow {
  readonly id: string;
  readonly resource_version: number;
  readonly organization_id?: string;
  /** Of all that requests and grants rest on but principals. */
  readonly name?: string;
  /** Of principals. */
  readonly user_name?: string;
  readonly is_disabled?: boolean;
}

function organizationOf(kind: RecordKind, row: RecordRow): string | undefined {
  return kind === 'Organization' ? row.id : row.organization_id;
}

function nameOf({ id, name, user_name }: RecordRow): string {
  return name ?? user_name ?? id;
}

/** Writes of managed records within one transaction, each announced on the change feed. */
export function createRecordWriter({ db, clock, envelope, changes, resting }: RecordWriterOptions): RecordWriter {
  const locked = new Set<string>();

  async function put<Kind extends RecordKind>(
    kind: Kind,
    record: Writable<RecordOf[Kind]>,
    expected?: Expected,
  ): Promise<RecordOf[Kind]> {
    const source: RecordSource<Kind> = RECORD_SOURCES[kind];
    const columns = {
      ...source.toColumns(record),
      ...(await secretColumns(kind, record)),
    };
    const row = await write(source, record, columns, expected);
    if (row === undefined) throw await conflict(kind, record.id, expected);
    const list = source.list && { [source.list.column]: await writeList(source, record) };
    changes.add(source.topic, record.id);
    changes.addPolicyChange(organizationOf(kind, row));
    // Whoever is enabled again starts with what is standing.
    if (row.is_disabled === true) await resting.end({ kind, id: row.id, name: nameOf(row), isDisabled: true });
    if (kind === 'Organization') await ensureDefaultProject(record.id as RecordOf['Organization']['id']);
    return source.toRecord({ ...row, ...list });
  }

  async function write<Kind extends RecordKind>(
    { table }: RecordSource<Kind>,
    { id, labels = {} }: Writable<RecordOf[Kind]>,
    columns: Readonly<Record<string, unknown>>,
    expected: Expected | undefined,
  ): Promise<RecordRow | undefined> {
    const at = new Date(clock.now());
    const values = { ...columns, labels: JSON.stringify(labels), updated_at: at };
    const names = Object.keys(values).map((name) => sql.ref(name));
    const assign = (source: (name: string, value: unknown) => RawBuilder<unknown>) =>
      sql.join(Object.entries(values).map(([name, value]) => sql`${sql.ref(name)} = ${source(name, value)}`));
    const next = sql`resource_version = ${sql.ref(`${table}.resource_version`)} + 1`;
    // A record never moves to another organization, whoever says so.
    const home = 'organization_id' in columns ? sql`${sql.ref(`${table}.organization_id`)}` : undefined;

    if (typeof expected === 'number') {
      const sameHome = home === undefined ? sql`true` : sql`${home} = ${columns['organization_id']}`;
      const { rows } = await sql<RecordRow>`
        update ${sql.table(table)} set ${assign((_, value) => sql`${value}`)}, ${next}
        where id = ${id} and resource_version = ${expected} and ${sameHome} returning *`.execute(db);
      return rows[0];
    }
    const insert = sql`
      insert into ${sql.table(table)} (id, created_at, ${sql.join(names)})
      values (${id}, ${at}, ${sql.join(Object.values(values))})`;
    const upsert = sql`
      on conflict (id) do update set ${assign((name) => sql`excluded.${sql.ref(name)}`)}, ${next}
      where ${home === undefined ? sql`true` : sql`${home} = excluded.organization_id`}`;
    const { rows } = await sql<RecordRow>`${insert} ${expected === 'absent' ? sql`` : upsert} returning *`.execute(db);
    return rows[0];
  }

  /** Makes the list of a record what it should be; yields its items in order. */
  async function writeList<Kind extends RecordKind>(
    { list }: RecordSource<Kind>,
    record: Writable<RecordOf[Kind]>,
  ): Promise<readonly string[]> {
    if (list === undefined) return [];
    const items = [...new Set(list.items(record))].sort();
    const owner = sql.ref(list.owner);
    const item = sql.ref(list.item);
    await sql`
      delete from ${sql.table(list.table)} where ${owner} = ${record.id} and not ${item} = any(${items}::text[])`.execute(
      db,
    );
    if (items.length > 0) {
      const { organizationId } = record as unknown as { readonly organizationId: string };
      await sql`
        insert into ${sql.table(list.table)} (organization_id, ${owner}, ${item})
        select ${organizationId}, ${record.id}, item from unnest(${items}::text[]) as items (item)
        on conflict (${owner}, ${item}) do nothing`.execute(db);
    }
    return items;
  }

  async function secretColumns<Kind extends RecordKind>(kind: Kind, record: Writable<RecordOf[Kind]>): Promise<object> {
    if (kind === 'IdentityProvider') return secretColumn(record as unknown as Writable<RecordOf['IdentityProvider']>);
    if (kind === 'NotificationChannel') {
      return channelSecrets.columns(db, envelope, record as unknown as Writable<RecordOf['NotificationChannel']>);
    }
    if (kind !== 'AuditSink') return {};
    return sinkSecrets.columns(db, envelope, record as unknown as Writable<RecordOf['AuditSink']>);
  }

  /** A new secret is sealed; one that is not given stays, unless the record says that there is none. */
  function secretColumn({ id, spec, hasClientSecret }: Writable<RecordOf['IdentityProvider']>): object {
    const secret = spec.oidc?.clientSecret;
    if (secret !== undefined) return { client_secret: envelope.seal(secret, clientSecretContext(id)) };
    return hasClientSecret ? {} : { client_secret: null };
  }

  async function ensureDefaultProject(organizationId: RecordOf['Organization']['id']): Promise<void> {
    const at = new Date(clock.now());
    const made = await db
      .insertInto('projects')
      .values({
        id: createId('project', clock.now()),
        organization_id: organizationId,
        name: DEFAULT_PROJECT,
        created_at: at,
        updated_at: at,
      })
      .onConflict((conflict) => conflict.constraint('project_name').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (made !== undefined) changes.add('projects', made.id);
  }

  async function remove<Kind extends RecordKind>(kind: Kind, id: RecordOf[Kind]['id'], expected?: number) {
    const { table, topic } = RECORD_SOURCES[kind];
    // With the row locked nothing can come to refer to it, so what is found below is all that goes with it.
    const { rows } = await sql<RecordRow>`select * from ${sql.table(table)} where id = ${id} for update`.execute(db);
    const [row] = rows;
    if (row === undefined) return false;
    if (expected !== undefined && row.resource_version !== expected) throw await conflict(kind, id, expected);
    await resting.end({ kind, id, name: nameOf(row) });
    await collectCascades(db, kind, id, changes);
    try {
      await sql`delete from ${sql.table(table)} where id = ${id}`.execute(db);
    } catch (error) {
      if ((error as { code?: unknown }).code !== '23503') throw error;
      throw new StoreError({
        code: 'ERR_STORE_IN_USE',
        message: `${kind} ${id} is still in use`,
        cause: error,
        nextStep: 'Move or delete first what belongs to it.',
      });
    }
    changes.add(topic, id);
    changes.addPolicyChange(organizationOf(kind, row));
    return true;
  }

  async function conflict(kind: RecordKind, id: string, expected: Expected | undefined): Promise<StoreError> {
    const { rows } = await sql<{ resource_version: number }>`
      select resource_version from ${sql.table(RECORD_SOURCES[kind].table)} where id = ${id}`.execute(db);
    const found = rows[0] === undefined ? 'it is gone' : `it has version ${rows[0].resource_version}`;
    return new StoreError({
      code: 'ERR_STORE_CONFLICT',
      message: `${kind} ${id} was expected with version ${expected ?? 'any'} in its organization, but ${found}`,
      nextStep: 'Read it again, and repeat the change on what it is now.',
    });
  }

  return {
    put,
    remove,
    async lockOrganization(id) {
      locked.add(id);
      // Weaker than the lock of a deletion: people go on signing in, which refers to the organization.
      await sql`select from organizations where id = ${id} for no key update`.execute(db);
    },
    async hasPolicyChangedSince(version) {
      const { rows } = await sql<{ known: number; missed: number; changed: boolean | null }>`
        select count(*)::integer as known, bool_or(policy_of ?| ${[...locked, ABOVE_ORGANIZATIONS]}::text[]) as changed,
          ((select seq from change_head) - ${version}::bigint)::integer as missed
        from change_feed where seq > ${version}`.execute(db);
      const { known, missed, changed } = rows[0] ?? { known: 0, missed: 1, changed: null };
      // Entries that the feed has forgotten, or that are of another past, could have been anything.
      return changed === true || known !== missed;
    },
  };
}
