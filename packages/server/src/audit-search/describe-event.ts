import type { AuditEvent } from '@sallyport/audit';
import type { AuditEventResource } from '@sallyport/core/api';

/** An event as the API tells it: without its organization, and of its attributes what the path does not say already. */
export function describeAuditEvent({ organizationId: _, ...event }: AuditEvent): AuditEventResource {
  const { attributes, ...request } = event.request ?? {};
  if (attributes === undefined) return event as unknown as AuditEventResource;
  const { path: _path, ...words } = attributes;
  const { remainder: _remainder, ...told } = words as Partial<Record<string, string>>;
  return { ...event, request: { ...request, attributes: told } } as unknown as AuditEventResource;
}
