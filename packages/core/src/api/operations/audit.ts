import { z } from 'zod';
import {
  AUDIT_EXPORT_FORMATS,
  auditAggregateQuerySchema,
  auditAggregateSchema,
  auditEventListSchema,
  auditEventQuerySchema,
  auditEventSchema,
  auditExportQuerySchema,
  auditQuerySchema,
  auditTailQuerySchema,
  kubectlCommandListSchema,
  kubectlCommandQuerySchema,
} from '../audit.ts';
import type { Operation } from './operation.ts';

const ORGANIZATION = '/organizations/{organization}' as const;
const EVENTS = `${ORGANIZATION}/audit-events` as const;

/**
 * Operations that read the audit log. Whoever holds `audit.read` on the organization sees all of it; whoever holds it on some
 * projects, clusters or namespaces sees the events of these, in all of them: no page, count, export or tail has others.
 */
export const auditOperations = {
  listAuditEvents: {
    method: 'GET',
    path: EVENTS,
    summary: 'Lists audit events, page by page; no page costs more for lying deep',
    permission: 'audit.read',
    query: auditQuerySchema,
    response: auditEventListSchema,
    status: 200,
  },
  exportAuditEvents: {
    method: 'GET',
    path: `${EVENTS}/export`,
    summary: 'Exports audit events, as lines of JSON or as CSV; the header Sallyport-Event-Count says how many',
    permission: 'audit.read',
    query: auditExportQuerySchema,
    response: z.string(),
    formats: AUDIT_EXPORT_FORMATS,
    status: 200,
  },
  tailAuditEvents: {
    method: 'GET',
    path: `${EVENTS}/tail`,
    summary: 'Sends audit events as they come, as server-sent events; goes on behind Last-Event-ID',
    permission: 'audit.read',
    query: auditTailQuerySchema,
    response: z.string(),
    formats: { events: 'text/event-stream' },
    isEventStream: true,
    status: 200,
  },
  aggregateAuditEvents: {
    method: 'GET',
    path: `${EVENTS}/aggregate`,
    summary: 'Counts audit events by time and by one of their fields',
    permission: 'audit.read',
    query: auditAggregateQuerySchema,
    response: auditAggregateSchema,
    status: 200,
  },
  getAuditEvent: {
    method: 'GET',
    path: `${EVENTS}/{id}`,
    summary: 'Shows one audit event',
    permission: 'audit.read',
    query: auditEventQuerySchema,
    response: auditEventSchema,
    status: 200,
  },
  listKubectlCommands: {
    method: 'GET',
    path: `${ORGANIZATION}/kubectl-commands`,
    summary: 'Lists calls of kubectl, newest first, each with the requests that it made',
    permission: 'audit.read',
    query: kubectlCommandQuerySchema,
    response: kubectlCommandListSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
