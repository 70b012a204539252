import type { AuditEventResource } from '@sallyport/core/api';
import { csvLine } from '../access-reviews/csv.ts';

/** Columns of an export that names none, by their paths. */
const COLUMNS = [
  'at',
  'code',
  'severity',
  'principal.userName',
  'clusterName',
  'request.attributes.verb',
  'request.attributes.apiGroup',
  'request.attributes.resource',
  'request.attributes.subresource',
  'request.attributes.namespace',
  'request.attributes.name',
  'request.method',
  'request.path',
  'request.kubectlCommand',
  'decision.effect',
  'decision.reasons',
  'outcome.status',
  'outcome.ended',
  'outcome.errorCode',
  'outcome.durationMs',
  'sourceAddress',
  'loginSessionId',
  'principal.id',
  'clusterId',
  'request.id',
  'request.kubectlSession',
  'traceId',
  'recordingId',
  'details',
  'id',
] as const;

/** Lines of CSV: the one of headers, and one for each event. Cells that a spreadsheet would calculate are text. */
export function createCsvLines(fields: string | undefined): {
  readonly head: string;
  line(event: AuditEventResource): string;
} {
  const columns = fields?.split(',').map((each) => each.trim()) ?? COLUMNS;
  const paths = columns.map((column) => column.split('.'));
  return { head: csvLine(columns), line: (event) => csvLine(paths.map((path) => cellOf(event, path))) };
}

function cellOf(event: object, path: readonly string[]): string {
  let at: unknown = event;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return '';
    at = (at as Record<string, unknown>)[step];
  }
  if (at instanceof Date) return at.toISOString();
  if (Array.isArray(at) && at.every((item) => typeof item === 'string')) return at.join('; ');
  return typeof at === 'object' && at !== null ? JSON.stringify(at) : String(at ?? '');
}
