import type { LoginSessionList } from '@sallyport/core/api';
import type { View } from './format.ts';

/** How login sessions are shown. */
export const loginSessionView: View<LoginSessionList['items'][number]> = {
  kind: 'loginsession',
  name: (it) => it.id,
  columns: [
    { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
    { header: 'ID', cell: (it) => it.id },
    { header: 'USER', cell: (it) => it.user },
    { header: 'METHOD', cell: (it) => it.method },
    { header: 'LAST USED', cell: (it) => (it.lastUsedAt ?? it.createdAt).toISOString() },
    { header: 'ENDS', cell: (it) => it.expiresAt.toISOString() },
    { header: 'PROVIDER', cell: (it) => it.identityProvider ?? '-', isWide: true },
    { header: 'ADDRESS', cell: (it) => it.sourceAddress ?? '-', isWide: true },
    { header: 'PROGRAM', cell: (it) => it.userAgent ?? '-', isWide: true },
  ],
};
