import { formatDuration } from '@sallyport/core';
import type { SessionResource } from '@sallyport/core/api';
import type { CardLine } from './card.ts';
import type { View } from './format.ts';

/** How recorded sessions are shown. */
export const sessionView: View<SessionResource> = {
  kind: 'session',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'STARTED', cell: (it) => it.startedAt.toISOString() },
    { header: 'LASTED', cell: lasted },
    { header: 'USER', cell: (it) => it.user },
    { header: 'CLUSTER', cell: (it) => it.cluster },
    { header: 'POD', cell: (it) => `${it.namespace}/${it.pod}` },
    { header: 'KIND', cell: (it) => it.kind },
    { header: 'STATE', cell: (it) => it.state },
    { header: 'CONTAINER', cell: (it) => it.container ?? '-', isWide: true },
    { header: 'COMMAND', cell: (it) => it.command?.join(' ') ?? '-', isWide: true },
    { header: 'EXIT', cell: (it) => (it.exitCode === undefined ? '-' : String(it.exitCode)), isWide: true },
  ],
};

function lasted({ startedAt, endedAt }: SessionResource): string {
  return endedAt === undefined ? 'running' : formatDuration(roundedMs(endedAt.getTime() - startedAt.getTime()));
}

function roundedMs(ms: number): number {
  return Math.max(1_000, Math.round(ms / 1_000) * 1_000);
}

/** All that is known of a session, for reading. */
export function sessionCard(it: SessionResource): readonly CardLine[] {
  return [
    `Session ${it.id}`,
    ['Who', it.user],
    ['Cluster', it.cluster],
    ['Pod', `${it.namespace}/${it.pod}`],
    ['Container', it.container],
    ['Kind', it.isTty ? `${it.kind}, with a terminal` : it.kind],
    ['Command', it.command?.join(' ')],
    ['Started', it.startedAt.toISOString()],
    ['Ended', it.endedAt?.toISOString() ?? 'it runs'],
    ['Exit code', it.exitCode?.toString()],
    ['Ended by', it.failure],
    ['Recording', it.reason === undefined ? it.state : `${it.state}: ${it.reason}`],
    ['Stored', `${it.bytes} bytes in ${it.chunkCount} chunks`],
    ['Head', it.headSha256 === '' ? undefined : it.headSha256],
    ['Request', it.requestId],
    ...(it.ports ?? []).map(
      (port): CardLine => [
        `Port ${port.port}`,
        `${port.bytesReceived} bytes to the pod, ${port.bytesSent} from it, over ${port.connectionCount} connections`,
      ],
    ),
  ];
}
