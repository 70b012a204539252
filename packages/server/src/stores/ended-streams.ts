import { type AuditEvent, parseAuditEvent } from '@sallyport/audit';
import type { PrincipalId } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Which ended streams are asked for. */
export interface EndedStreamFilter {
  readonly principalId: PrincipalId;
  readonly since: Date;
  readonly limit: number;
}

/** Reads the outcomes of requests of a principal that lost their access or their tunnel under way, newest first. */
export async function selectEndedStreams(
  db: Kysely<Database>,
  { principalId, since, limit }: EndedStreamFilter,
): Promise<readonly AuditEvent[]> {
  const { rows } = await sql<{ event: unknown }>`
    select event from audit_events
    where code = 'proxy.request.completed' and event->'outcome'->>'ended' in ('accessEnded', 'tunnelLost')
      and event->'principal'->>'id' = ${principalId} and at >= ${since}
    order by at desc, seq desc limit ${limit}`.execute(db);
  return rows.map(({ event }) => parseAuditEvent(event));
}
