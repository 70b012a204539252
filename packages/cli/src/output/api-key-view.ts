import type { ApiKeyResource } from '@sallyport/core/api';
import type { View } from './format.ts';

/** How API keys are shown. */
export const apiKeyView: View<ApiKeyResource> = {
  kind: 'apikey',
  name: (key) => key.id,
  columns: [
    { header: 'NAME', cell: (key) => key.name },
    { header: 'ID', cell: (key) => key.id },
    { header: 'EXPIRES', cell: (key) => key.expiresAt.toISOString() },
    { header: 'LAST USED', cell: (key) => key.lastUsedAt?.toISOString() ?? 'never' },
    { header: 'LIMITED TO', cell: (key) => key.permissions?.join(',') ?? '', isWide: true },
    { header: 'FROM', cell: (key) => key.ipRanges?.join(',') ?? '', isWide: true },
    { header: 'CREATED BY', cell: (key) => key.createdBy, isWide: true },
  ],
};
