import { parseAuditEvent } from '@sallyport/audit';
import { type Kysely, type Migration, sql } from 'kysely';
import { termsOf } from '../audit-terms.ts';

const FIRST_STATEMENTS = [
  `alter table audit_events add column terms bigint[] not null default '{}'`,
  // An event with its terms is about 2 KB, where PostgreSQL would begin to compress: that costs more than it saves.
  `alter table audit_events set (toast_tuple_target = 4080)`,
  `alter table audit_events disable trigger audit_events_append_only`,
];

const LAST_STATEMENTS = [
  `alter table audit_events enable trigger audit_events_append_only`,
  // Everything that is found by value or word. What is pending is merged in small portions, so that no append waits long.
  `create index audit_events_by_terms on audit_events using gin (terms)
    with (fastupdate = on, gin_pending_list_limit = 1024)`,
  // What one principal did is asked for most, and often long after it was done.
  `create index audit_events_by_principal on audit_events
    (organization_id, (event->'principal'->>'id'), at desc, seq desc)`,
  // Whether a phrase stands in an event. Not of SQL, which would be put into the query and lose its cost: the planner must know
  // that it is dear, and ask as few events as it can. As a function it counts as holding for every third.
  `create function audit_event_has(event jsonb, pattern text) returns boolean
    language plpgsql immutable parallel safe cost 3000 as $$ begin return lower(event::text) like pattern; end $$`,
];

const BATCH_ROWS = 500;

/** By what audit events are found. */
export const auditSearch: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of FIRST_STATEMENTS) await sql.raw(statement).execute(db);
    let after: number | undefined = 0;
    while (after !== undefined) after = await giveTerms(db, after);
    for (const statement of LAST_STATEMENTS) await sql.raw(statement).execute(db);
  },
};

// The terms are those that this version asks with, so they come from its own code and not from a copy.
async function giveTerms(db: Kysely<unknown>, after: number): Promise<number | undefined> {
  const { rows } = await sql<{ seq: number | string; event: unknown }>`
    select seq, event from audit_events where seq > ${after} order by seq limit ${BATCH_ROWS}`.execute(db);
  const terms = rows.map(({ seq, event }) => [Number(seq), `{${termsOf(parseAuditEvent(event)).join(',')}}`]);
  await sql`
    update audit_events set terms = (row->>1)::bigint[]
    from jsonb_array_elements(${JSON.stringify(terms)}::jsonb) as rows (row)
    where seq = (row->>0)::bigint`.execute(db);
  const last = rows.at(-1);
  return last === undefined ? undefined : Number(last.seq);
}
