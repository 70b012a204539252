import { AUDIT_CATEGORIES, type AuditCategory, codesOfCategory } from '@sallyport/audit';
import { type ClusterId, isId } from '@sallyport/core';
import type { AuditFilter } from '@sallyport/core/api';
import type { ApiContext, Call } from '../api/context.ts';
import { ApiError } from '../errors.ts';
import type { AuditSelection } from '../stores/audit-selection.ts';
import type { AuditTermField } from '../stores/audit-terms.ts';
import { parseAuditText } from '../stores/audit-text.ts';
import { sightOf } from './sight.ts';

/** Filters that are found by their exact value, each with what it is called in an event. */
const TERM_FIELDS = {
  severity: 'severity',
  group: 'group',
  namespace: 'namespace',
  resource: 'resource',
  name: 'name',
  verb: 'verb',
  apiGroup: 'apiGroup',
  subresource: 'subresource',
  request: 'requestId',
  trace: 'traceId',
  kubectlSession: 'kubectlSession',
  loginSession: 'loginSessionId',
  sourceAddress: 'sourceAddress',
  effect: 'effect',
  ended: 'ended',
  status: 'status',
  errorCode: 'errorCode',
  recording: 'recordingId',
} as const satisfies Partial<Record<keyof AuditFilter, AuditTermField>>;

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/**
 * What filters mean for a caller, as of now: the part of the log that the caller sees, narrowed by them. Names of people, clusters
 * and projects are those of the newest records; what is gone is found by the name that its events state.
 * @throws ApiError `ERR_API_FORBIDDEN` when the caller sees nothing of the log, `ERR_API_REQUEST_INVALID`
 */
export function selectionOf(
  context: Pick<ApiContext, 'snapshots' | 'clock' | 'namespaceLabels'>,
  caller: Call['caller'],
  filter: AuditFilter,
): AuditSelection {
  const snapshot = context.snapshots.current();
  const { id: organizationId } = caller.organization;
  const fields: [AuditTermField, readonly (string | number)[]][] = [];
  for (const [name, field] of Object.entries(TERM_FIELDS) as [keyof typeof TERM_FIELDS, AuditTermField][]) {
    const value = filter[name];
    if (value !== undefined) fields.push([field, Array.isArray(value) ? value : [value]]);
  }
  const selection: Writable<AuditSelection> = { organizationId, sight: sightOf(context, caller) };
  if (filter.from !== undefined) selection.from = filter.from;
  if (filter.to !== undefined) selection.to = filter.to;
  const codes = codesOf(filter);
  if (codes !== undefined) selection.codes = codes;
  if (filter.principal !== undefined)
    selection.principalId = filter.principal as AuditSelection['principalId'] & string;
  if (filter.user !== undefined) {
    const found = snapshot.find('Principal', filter.user, organizationId);
    if (found !== undefined && filter.principal === undefined) selection.principalId = found.id;
    else fields.push(['userName', [filter.user]]);
  }
  let clusterIds: readonly ClusterId[] | undefined;
  if (filter.cluster !== undefined) {
    const { cluster } = filter;
    const found = isId('cluster', cluster) ? cluster : snapshot.find('Cluster', cluster, organizationId)?.id;
    if (found !== undefined) clusterIds = [found];
    else fields.push(['clusterName', [cluster]]);
  }
  if (filter.project !== undefined) {
    const project = snapshot.find('Project', filter.project, organizationId);
    const inProject = snapshot
      .list('Cluster', organizationId)
      .flatMap(({ id, projectId }) => (project !== undefined && projectId === project.id ? [id] : []));
    clusterIds = clusterIds?.filter((id) => inProject.includes(id)) ?? inProject;
  }
  if (clusterIds !== undefined) selection.clusterIds = clusterIds;
  selection.fields = fields;
  const ids = [filter.accessRequest, filter.grant].filter((id) => id !== undefined);
  selection.words = ids.map((id) => id.toLowerCase());
  if (filter.q !== undefined) selection.text = parseAuditText(filter.q);
  return selection;
}

/** Codes that are asked for, by themselves and by their categories; `undefined` for all. */
function codesOf({ code, category }: AuditFilter): readonly string[] | undefined {
  if (category === undefined) return code;
  const unknown = category.find((each) => !AUDIT_CATEGORIES.some((known) => known === each));
  if (unknown !== undefined) {
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: `there is no category ${JSON.stringify(unknown.slice(0, 64))} of audit events`,
      problems: [{ path: 'query.category', message: `is none of ${AUDIT_CATEGORIES.join(', ')}` }],
      nextStep: 'Correct the category.',
    });
  }
  const codes: readonly string[] = category.flatMap((each) => codesOfCategory(each as AuditCategory));
  return code === undefined ? codes : codes.filter((each) => code.includes(each));
}
