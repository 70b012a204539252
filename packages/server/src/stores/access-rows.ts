import type { IssuedGrant } from '@sallyport/authz';
import type { Selectable } from 'kysely';
import type { AccessTables } from './access-schema.ts';

/** Reads a row of the grants. */
export function toGrant(row: Selectable<AccessTables['grants']>): IssuedGrant {
  return {
    id: row.id,
    organizationId: row.organization_id,
    principalId: row.principal_id,
    roleId: row.role_id,
    scope: row.scope,
    ...(row.objects !== null && { objects: row.objects }),
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    reason: row.reason,
    createdAt: row.created_at,
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.renews_id !== null && { renewsId: row.renews_id }),
    isBreakGlass: row.is_break_glass,
    ...(row.ended_at !== null &&
      row.ended_state !== null && {
        end: {
          at: row.ended_at,
          state: row.ended_state,
          ...(row.ended_by !== null && { byId: row.ended_by }),
          ...(row.ended_reason !== null && { reason: row.ended_reason }),
        },
      }),
  };
}
