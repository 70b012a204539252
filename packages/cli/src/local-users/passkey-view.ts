import type { PasskeyResource } from '@sallyport/core/api';
import type { View } from '../output/format.ts';

/** How passkeys are shown. */
export const passkeyView: View<PasskeyResource> = {
  kind: 'passkey',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'NAME', cell: (it) => it.displayName },
    { header: 'SYNCED', cell: (it) => (it.isSynced ? 'yes' : 'no') },
    { header: 'CREATED', cell: (it) => it.createdAt.toISOString() },
    { header: 'LAST USED', cell: (it) => it.lastUsedAt?.toISOString() ?? 'never' },
  ],
};
