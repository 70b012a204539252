import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // Public halves of all keys that ever signed a checkpoint. They outlive the keys: a checkpoint is verifiable for ever.
  `create table audit_keys (
    name text not null,
    key_id text not null,
    public_key bytea not null,
    signs_from timestamptz not null,
    signs_until timestamptz,
    primary key (name, key_id)
  )`,
  // Which checkpoint each witness has, and since when it takes none.
  `create table audit_witnesses (
    witness text not null,
    log text not null,
    size bigint not null,
    at timestamptz,
    failing_since timestamptz,
    primary key (witness, log)
  )`,
];

/** Who vouches for the audit log beside the database itself. */
export const auditProof: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
