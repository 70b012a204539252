import type { CredentialList } from '@sallyport/core/api';
import type { View } from './format.ts';

/** How kube credentials are shown. */
export const credentialView: View<CredentialList['items'][number]> = {
  kind: 'credential',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'KIND', cell: (it) => it.kind },
    { header: 'USER', cell: (it) => it.user },
    { header: 'CLUSTER', cell: (it) => it.cluster },
    { header: 'CREATED', cell: (it) => it.createdAt.toISOString() },
    { header: 'EXPIRES', cell: (it) => it.expiresAt.toISOString() },
    { header: 'SESSION', cell: (it) => it.loginSessionId ?? '-', isWide: true },
    { header: 'SERIAL', cell: (it) => it.certificateSerial ?? '-', isWide: true },
  ],
};
