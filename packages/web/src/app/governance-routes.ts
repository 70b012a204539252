import type { PageRoute } from './routes.ts';

/** Pages of what was done, and of who may do what. */
export const governancePages: readonly PageRoute[] = [
  { path: '/audit/{-$id}', load: async () => (await import('../pages/audit/audit-page.tsx')).AuditPage },
  { path: '/recordings', load: async () => (await import('../pages/recordings/recordings-page.tsx')).RecordingsPage },
  { path: '/recordings/$id', load: async () => (await import('../pages/recordings/recording-page.tsx')).RecordingPage },
  { path: '/people', load: async () => (await import('../pages/people/people-page.tsx')).PeoplePage },
  { path: '/groups', load: async () => (await import('../pages/groups/groups-page.tsx')).GroupsPage },
  {
    path: '/service-accounts',
    load: async () => (await import('../pages/service-accounts/service-accounts-page.tsx')).ServiceAccountsPage,
  },
  { path: '/bindings', load: async () => (await import('../pages/bindings/bindings-page.tsx')).BindingsPage },
  { path: '/policies', load: async () => (await import('../pages/policies/policies-page.tsx')).PoliciesPage },
  { path: '/policies/suggest', load: async () => (await import('../pages/policies/suggest-page.tsx')).SuggestPage },
  {
    path: '/identity-providers',
    load: async () => (await import('../pages/identity-providers/identity-providers-page.tsx')).IdentityProvidersPage,
  },
  {
    path: '/notification-channels',
    load: async () =>
      (await import('../pages/notification-channels/notification-channels-page.tsx')).NotificationChannelsPage,
  },
  {
    path: '/audit-sinks',
    load: async () => (await import('../pages/audit-sinks/audit-sinks-page.tsx')).AuditSinksPage,
  },
  {
    path: '/organization',
    load: async () => (await import('../pages/organization/organization-page.tsx')).OrganizationPage,
  },
  { path: '/roles', load: async () => (await import('../pages/roles/roles-page.tsx')).RolesPage },
  { path: '/roles/$name', load: async () => (await import('../pages/roles/role-page.tsx')).RolePage },
  { path: '/playground', load: async () => (await import('../pages/playground/playground-page.tsx')).PlaygroundPage },
  { path: '/settings', load: async () => (await import('../pages/settings/settings-page.tsx')).SettingsPage },
];
