import type { AgentList, JoinTokenList } from '@sallyport/core/api';
import type { View } from './format.ts';

/** How agents of a cluster are shown. */
export const agentView: View<AgentList['items'][number]> = {
  kind: 'agent',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'CONNECTED', cell: (it) => (it.isConnected ? 'yes' : 'no') },
    { header: 'TUNNELS', cell: (it) => String(it.tunnelCount) },
    { header: 'VERSION', cell: (it) => it.version ?? '-' },
    { header: 'SKEW', cell: (it) => it.versionSkew ?? '-' },
    { header: 'IDENTITY', cell: (it) => it.identity },
    { header: 'SINCE', cell: (it) => it.connectedAt?.toISOString() ?? '-', isWide: true },
    { header: 'ENROLLED', cell: (it) => it.enrolledAt?.toISOString() ?? '-', isWide: true },
    { header: 'CERTIFICATE ENDS', cell: (it) => it.expiresAt.toISOString(), isWide: true },
  ],
};

/** How open join tokens are shown. */
export const joinTokenView: View<JoinTokenList['items'][number]> = {
  kind: 'joinToken',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'CREATED', cell: (it) => it.createdAt.toISOString() },
    { header: 'EXPIRES', cell: (it) => it.expiresAt.toISOString() },
  ],
};
