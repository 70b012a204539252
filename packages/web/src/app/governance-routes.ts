import type { PageRoute } from './routes.ts';

/** Pages of what was done, and of who may do what. */
export const governancePages: readonly PageRoute[] = [
  { path: '/audit/{-$id}', load: async () => (await import('../pages/audit/audit-page.tsx')).AuditPage },
  { path: '/recordings', load: async () => (await import('../pages/recordings/recordings-page.tsx')).RecordingsPage },
  { path: '/recordings/$id', load: async () => (await import('../pages/recordings/recording-page.tsx')).RecordingPage },
];
