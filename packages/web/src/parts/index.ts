/**
 * React parts for portals: the reviewer's inbox, a terminal with kubectl, the player of recordings, and the list of clusters.
 *
 * Begin with {@link createServerClient} and put a {@link SallyportProvider} around the parts. Import `@sallyport/web/parts.css` once; its
 * rules hold within parts alone. Parts have the rights of the person whose session or credential the client carries, ask the server
 * for everything, and bring no router, no cookie and no rule of their own. The pages of the web UI are put together from the same
 * parts. docs/react-parts.md says what the server has to allow.
 *
 * @packageDocumentation
 */
export { ApprovalsInbox, type ApprovalsInboxProps } from './embed/approvals-inbox.tsx';
export { ClusterList, type ClusterListProps } from './embed/cluster-list.tsx';
export { KubectlTerminal, type KubectlTerminalProps } from './embed/kubectl-terminal.tsx';
export type { PartProps } from './embed/part-frame.tsx';
export { type PartTheme, SallyportProvider, type SallyportProviderProps } from './embed/provider.tsx';
export { RecordingPlayer, type RecordingPlayerProps } from './embed/recording-player.tsx';
export { createServerClient, type ServerClient, type ServerClientOptions } from './embed/server-client.ts';
