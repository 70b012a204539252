import type { KeyResource } from '@sallyport/core/api';
import type { View } from '../output/format.ts';

const instant = (date: Date | undefined) => date?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '-';

/** How keys are shown. */
export const keyView: View<Omit<KeyResource, 'purpose'> & { readonly purpose: string }> = {
  kind: 'key',
  name: (key) => `${key.purpose}/${key.keyId}`,
  columns: [
    { header: 'PURPOSE', cell: (key) => key.purpose },
    { header: 'ORGANIZATION', cell: (key) => key.organization ?? '-' },
    { header: 'KEY', cell: (key) => key.keyId },
    { header: 'PHASE', cell: (key) => key.phase },
    { header: 'SIGNS FROM', cell: (key) => instant(key.signsFrom) },
    { header: 'VERIFIES UNTIL', cell: (key) => instant(key.verifiesUntil) },
    { header: 'ROTATES AT', cell: (key) => instant(key.rotatesAt) },
    { header: 'CREATED', cell: (key) => instant(key.createdAt), isWide: true },
  ],
};
