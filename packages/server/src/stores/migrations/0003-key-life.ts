import { type Kysely, type Migration, sql } from 'kysely';

// One statement each, as in every migration: prepared queries take no more.
const STATEMENTS = [
  `alter table keys
    add column phase text,
    add column signs_from timestamptz,
    add column verifies_until timestamptz,
    add column endorsement text`,
  `update keys set phase = 'current', signs_from = created_at
    where not exists (
      select from keys newer
      where newer.purpose = keys.purpose and (newer.created_at, newer.key_id) > (keys.created_at, keys.key_id)
    )`,
  // Until now a key verified for a quarter of an hour after its successor came.
  `update keys set phase = 'retired', signs_from = created_at, verifies_until = interval '15 minutes' + (
      select min(newer.created_at) from keys newer
      where newer.purpose = keys.purpose and (newer.created_at, newer.key_id) > (keys.created_at, keys.key_id)
    )
    where phase is null`,
  `alter table keys
    alter column phase set not null,
    alter column signs_from set not null,
    add constraint key_phase check (
      phase in ('next', 'current', 'retired') and (phase = 'retired') = (verifies_until is not null)
    )`,
  `create unique index keys_one_current on keys (purpose) where phase = 'current'`,
  `create unique index keys_one_next on keys (purpose) where phase = 'next'`,

  // One row per purpose: the lock that changes of its keys take, and the number by which servers notice them.
  `create table key_purposes (purpose text primary key, version bigint not null)`,
  `insert into key_purposes (purpose, version)
    select purpose, (extract(epoch from max(created_at)) * 1000)::bigint from keys group by purpose`,
  `delete from settings where name like 'firstKey/%'`,

  `create table leases (
    name text primary key,
    holder text not null,
    epoch bigint not null,
    expires_at timestamptz not null
  )`,
];

/** Keys get a life of phases, and jobs that one server runs at a time get leases. */
export const keyLife: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
