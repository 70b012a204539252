import type { AuditEvent } from '../event.ts';
import { formatAuditEvent } from '../format-event.ts';

/** An attribute in the JSON form of OTLP. */
interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** OpenTelemetry's log data model: INFO, INFO2 (notice), WARN, ERROR2 (critical of syslog). */
const SEVERITY_NUMBERS = { info: 9, notice: 10, warning: 13, critical: 18 } as const;

/** A batch as an `ExportLogsServiceRequest` in the JSON form of OTLP: ids in hex, 64-bit numbers as text. */
export function toExportLogsRequest(
  batch: readonly AuditEvent[],
  resource: Readonly<Record<string, string>>,
  observedAt: Date,
) {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeLogs: [
          { scope: { name: '@sallyport/audit' }, logRecords: batch.map((event) => toLogRecord(event, observedAt)) },
        ],
      },
    ],
  };
}

function toLogRecord(event: AuditEvent, observedAt: Date) {
  const { principal, request, outcome } = event;
  return {
    timeUnixNano: unixNano(event.at),
    observedTimeUnixNano: unixNano(observedAt),
    severityNumber: SEVERITY_NUMBERS[event.severity],
    severityText: event.severity,
    eventName: event.code,
    body: { stringValue: formatAuditEvent(event) },
    // Names of the semantic conventions where they have one. Receivers tell repeats by log.record.uid.
    attributes: attributesOf({
      'log.record.uid': event.id,
      'sallyport.organization.id': event.organizationId,
      'sallyport.cluster.id': event.clusterId,
      'k8s.cluster.name': event.clusterName,
      'user.id': principal?.id,
      'user.name': principal?.userName,
      'session.id': event.loginSessionId,
      'client.address': event.sourceAddress,
      'http.request.method': request?.method,
      'url.path': request?.path,
      'user_agent.original': request?.userAgent,
      'http.response.status_code': outcome?.status,
      'error.type': outcome?.errorCode,
    }),
    ...(event.traceId !== undefined && { traceId: event.traceId }),
  };
}

function attributesOf(values: Readonly<Record<string, string | number | undefined>>): readonly KeyValue[] {
  return Object.entries(values).flatMap(([key, value]): KeyValue[] => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }];
  });
}

function unixNano(at: Date): string {
  return `${BigInt(at.getTime()) * 1_000_000n}`;
}
