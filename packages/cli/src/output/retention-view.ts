import type { AuditRetention, LegalHoldResource } from '@sallyport/core/api';
import { RETAINED } from '@sallyport/core/api';
import type { View } from './format.ts';
import { shorten } from './text.ts';

/** How long one thing is kept. */
export interface RetainedRow {
  readonly what: string;
  readonly kept: string;
  readonly isDefault: boolean;
}

/** How long what is kept, one row each. */
export function retainedRows({ spec, status }: AuditRetention): readonly RetainedRow[] {
  return RETAINED.map((what) => ({ what, kept: status.effective[what], isDefault: spec[what] === undefined }));
}

/** How retention is shown in tables. */
export const retentionView: View<RetainedRow> = {
  kind: 'auditretention',
  name: (it) => it.what,
  columns: [
    { header: 'WHAT', cell: (it) => it.what },
    { header: 'KEPT', cell: (it) => it.kept },
    { header: 'SET', cell: (it) => (it.isDefault ? 'default' : 'yes') },
  ],
};

/** How legal holds are shown in tables. */
export const legalHoldView: View<LegalHoldResource> = {
  kind: 'legalhold',
  name: (it) => it.name,
  columns: [
    { header: 'NAME', cell: (it) => it.name },
    { header: 'KEEPS', cell: keepsText },
    { header: 'BY', cell: (it) => it.createdBy },
    { header: 'SINCE', cell: (it) => it.createdAt.toISOString() },
    { header: 'STATE', cell: (it) => (it.released === undefined ? 'in force' : 'released') },
    { header: 'REASON', cell: (it) => shorten(it.reason, 60) },
    { header: 'ID', cell: (it) => it.id, isWide: true },
  ],
};

function keepsText({ selection }: LegalHoldResource): string {
  const { principal, principalId, cluster, clusterId, since, until, accessRequest, recording } = selection;
  const parts = [
    principalId === undefined ? undefined : `user ${principal ?? principalId}`,
    clusterId === undefined ? undefined : `cluster ${cluster ?? clusterId}`,
    since === undefined ? undefined : `from ${since.toISOString()}`,
    until === undefined ? undefined : `until ${until.toISOString()}`,
    accessRequest,
    recording,
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'everything';
}
