import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `alter table credentials
    add column kind text not null default 'exec',
    add column certificate_serial text,
    add constraint credential_kind check (
      kind in ('exec', 'certificate', 'token') and (kind = 'certificate') = (certificate_serial is not null)
    )`,
  // Keys of an organization go with it. The set is what keys are looked up by, so it is what refers.
  `alter table key_purposes add column organization_id text references organizations on delete cascade`,
  `alter table keys
    add constraint keys_of_set foreign key (purpose) references key_purposes (purpose) on delete cascade`,
];

/** Kube credentials have a form, and organizations have keys. */
export const credentialForms: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
