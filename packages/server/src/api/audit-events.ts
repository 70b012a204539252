import type { AuditEvent } from '@sallyport/audit';
import type { AuditEventList, AuditEventResource } from '@sallyport/core/api';
import type { Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

/** Lists the newest audit events of the caller's organization. */
export const listAuditEvents: Handler = async (context, call): Promise<AuditEventList> => {
  assertPermitted(context, call, 'audit.read');
  const { limit } = call.query as { readonly limit: number };
  const events = await context.store.listAudit({ organizationId: call.caller.organization.id, limit });
  return { items: events.map(describeEvent) };
};

/** An event without what only the server's own records need: its organization, and the parsed attributes. */
function describeEvent({ organizationId: _, ...event }: AuditEvent): AuditEventResource {
  return event as unknown as AuditEventResource;
}
