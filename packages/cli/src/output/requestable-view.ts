import { scopeText } from '@sallyport/core';
import type { RequestableList } from '@sallyport/core/api';
import type { View } from './format.ts';
import { shorten } from './text.ts';

/** How what can be asked for is shown. */
export const requestableView: View<RequestableList['items'][number]> = {
  kind: 'role',
  name: (it) => it.role,
  columns: [
    { header: 'ROLE', cell: (it) => it.role },
    { header: 'WHERE', cell: (it) => scopeText(it.scope) },
    { header: 'AT MOST', cell: (it) => it.maxDuration },
    { header: 'APPROVALS', cell: (it) => (it.mayAutoApprove ? `${it.approvals}, or none` : String(it.approvals)) },
    { header: 'BREAK-GLASS', cell: (it) => it.breakGlass?.maxDuration ?? '-' },
    { header: 'POLICY', cell: (it) => it.policy },
    { header: 'WITH RENEWALS', cell: (it) => it.maxTotalDuration, isWide: true },
    { header: 'TICKET', cell: (it) => it.ticketPattern ?? '-', isWide: true },
    { header: 'DESCRIPTION', cell: (it) => shorten(it.description ?? '-', 80), isWide: true },
  ],
};
