import { findCatalogueEntry } from '../catalogue/catalogue.ts';
import type { AuditEvent } from '../event.ts';
import type { AuditSeverity } from '../event-parts.ts';
import { escapeUnsafe } from '../format-event.ts';
import { OCSF_CLASSES, type OcsfClass } from './ocsf-classes.ts';
import { OCSF_TABLE, type OcsfRow } from './ocsf-table.ts';
import { type EventStatus, statusOf, textDetail, type WrittenEvent, writtenEvent } from './written-event.ts';

/** Version of the Open Cybersecurity Schema Framework that {@link toOcsf} writes. */
export const OCSF_VERSION = '1.3.0';

const SEVERITIES: Readonly<Record<AuditSeverity, readonly [id: number, name: string]>> = {
  info: [1, 'Informational'],
  notice: [2, 'Low'],
  warning: [3, 'Medium'],
  critical: [5, 'Critical'],
};
const STATUSES: Readonly<Record<EventStatus, readonly [id: number, name: string]>> = {
  unknown: [0, 'Unknown'],
  success: [1, 'Success'],
  failure: [2, 'Failure'],
};
const ACTIVITY_OF_VERB: Readonly<Record<string, 'Create' | 'Read' | 'Update' | 'Delete'>> = {
  create: 'Create',
  post: 'Create',
  get: 'Read',
  list: 'Read',
  watch: 'Read',
  head: 'Read',
  update: 'Update',
  put: 'Update',
  patch: 'Update',
  delete: 'Delete',
  deletecollection: 'Delete',
};
/** Where an account change says whose account it is, if not that of who acts. */
const SUBJECT_DETAILS = ['user', 'userName', 'requester'] as const;

/**
 * An event in the form of OCSF 1.3 (https://schema.ocsf.io/1.3.0), by {@link OCSF_TABLE}. What OCSF has no place for stands under
 * `unmapped`, so that nothing is lost. Times are in milliseconds since 1970.
 */
export function toOcsf(event: AuditEvent): Readonly<Record<string, unknown>> {
  const written = writtenEvent(event);
  const row = OCSF_TABLE[event.code];
  const ocsfClass: OcsfClass = OCSF_CLASSES[row.class];
  const activity = row.activity === 'byVerb' ? activityOf(written) : row.activity;
  const activityId = ocsfClass.activities[activity] ?? 99;
  const { categoryUid, categoryName, classUid, className } = ocsfClass;
  const [severityId, severity] = SEVERITIES[written.severity];
  const [statusId, status] = STATUSES[statusOf(written, row.isFailure === true)];
  const { outcome, decision } = written;
  const reason = outcome?.reason ?? (decision?.effect === 'deny' ? decision.reasons.join('; ') : undefined);
  return withoutAbsent({
    metadata: metadataOf(written),
    time: Date.parse(written.at),
    category_uid: categoryUid,
    category_name: categoryName,
    class_uid: classUid,
    class_name: className,
    activity_id: activityId,
    activity_name: activity,
    type_uid: classUid * 100 + activityId,
    type_name: `${className}: ${activity}`,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    status_code: outcome?.errorCode ?? textDetail(written, 'code'),
    status_detail: reason ?? textDetail(written, 'reason'),
    duration: outcome?.durationMs,
    message: findCatalogueEntry(event.code)?.name,
    actor: actorOf(written),
    src_endpoint: written.sourceAddress === undefined ? { name: 'sallyport' } : { ip: written.sourceAddress },
    http_request: httpRequestOf(written),
    http_response: outcome && { code: outcome.status },
    ...ownOf(row, written),
    unmapped: unmappedOf(written),
  });
}

/** {@link toOcsf} as one line of JSON, without its line end. */
export function formatOcsf(event: AuditEvent): string {
  return escapeUnsafe(JSON.stringify(toOcsf(event)));
}

/** What the class of an event has of its own. */
function ownOf(row: OcsfRow, event: WrittenEvent): Readonly<Record<string, unknown>> {
  const entity = row.entity && {
    type: row.entity.type,
    uid: textDetail(event, row.entity.uid) ?? event.recordingId,
    name: textDetail(event, row.entity.name),
  };
  switch (row.class) {
    case 'apiActivity':
      return { api: apiOf(event), resources: resourcesOf(event) };
    case 'authentication':
      return { user: subjectOf(event), session: sessionOf(event), service: { name: 'sallyport' } };
    case 'accountChange':
      return { user: subjectOf(event) };
    case 'userAccess':
      return { user: subjectOf(event), privileges: [textDetail(event, 'role') ?? 'unknown'], resource: entity };
    case 'groupManagement':
      return { group: entity };
    case 'entityManagement':
      return { entity: withoutAbsent(entity ?? { type: 'Unknown' }) };
    case 'tunnelActivity':
      return { tunnel_type: 'Agent Tunnel', tunnel_type_id: 99 };
    case 'applicationLifecycle':
      return { app: { name: 'Sallyport', vendor_name: 'Sallyport' } };
  }
}

function activityOf({ request }: WrittenEvent): 'Create' | 'Read' | 'Update' | 'Delete' | 'Other' {
  const verb = request?.attributes?.verb ?? request?.method.toLowerCase() ?? '';
  return Object.hasOwn(ACTIVITY_OF_VERB, verb) ? (ACTIVITY_OF_VERB[verb] ?? 'Other') : 'Other';
}

function metadataOf({ id, code, organizationId, request }: WrittenEvent) {
  return {
    version: OCSF_VERSION,
    uid: id,
    event_code: code,
    log_name: findCatalogueEntry(code)?.category,
    correlation_uid: request?.id,
    tenant_uid: organizationId,
    product: { name: 'Sallyport', vendor_name: 'Sallyport' },
  };
}

function actorOf(event: WrittenEvent) {
  const { principal } = event;
  if (principal === undefined) return { app_name: 'Sallyport' };
  const groups = principal.groups.map((name) => ({ name }));
  const user = { uid: principal.id, name: principal.userName, groups };
  return { user, session: sessionOf(event), idp: { name: principal.issuer, uid: principal.issuer } };
}

function sessionOf({ loginSessionId, principal }: WrittenEvent) {
  return loginSessionId === undefined ? undefined : { uid: loginSessionId, issuer: principal?.issuer };
}

/** Whose account or access it is about. */
function subjectOf(event: WrittenEvent) {
  const named = SUBJECT_DETAILS.flatMap((name) => textDetail(event, name) ?? []).at(0);
  const { principal } = event;
  if (named !== undefined && named !== principal?.userName) {
    return withoutAbsent({ name: named, uid: textDetail(event, 'principalId') });
  }
  return principal === undefined ? { name: 'unknown' } : { uid: principal.id, name: principal.userName };
}

function httpRequestOf({ request }: WrittenEvent) {
  if (request === undefined) return undefined;
  return {
    uid: request.id,
    http_method: request.method,
    url: { path: request.path },
    user_agent: request.userAgent,
  };
}

function apiOf({ request, clusterName, outcome }: WrittenEvent) {
  const attributes = request?.attributes;
  return {
    operation: attributes?.verb || request?.method.toLowerCase() || 'unknown',
    request: request && { uid: request.id },
    response: outcome && { code: outcome.status, error: outcome.errorCode, message: outcome.reason },
    service: { name: clusterName ?? 'sallyport' },
    ...(attributes?.kind === 'resource' && {
      group: { name: attributes.apiGroup === '' ? 'core' : attributes.apiGroup },
      version: attributes.apiVersion,
    }),
  };
}

function resourcesOf({ request }: WrittenEvent) {
  const attributes = request?.attributes;
  if (attributes?.kind !== 'resource') return undefined;
  const { resource, subresource, namespace, name } = attributes;
  const type = subresource === '' ? resource : `${resource}/${subresource}`;
  return [{ type, name: name || undefined, namespace: namespace || undefined }];
}

function unmappedOf({ clusterId, clusterName, traceId, request, decision, outcome, change, ...rest }: WrittenEvent) {
  return withoutAbsent({
    cluster: clusterId || clusterName ? { uid: clusterId, name: clusterName } : undefined,
    trace_id: traceId,
    kubectl_command: request?.kubectlCommand,
    kubectl_session: request?.kubectlSession,
    recording_id: rest.recordingId,
    details: rest.details,
    decision,
    outcome,
    change,
  });
}

function withoutAbsent(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
