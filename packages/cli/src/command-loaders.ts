import type { Command } from '@oclif/core';
import type { KindName } from '@sallyport/core/api';

type Loaders = Readonly<Record<string, () => Promise<Command.Class>>>;

/**
 * Topics of the kinds of resources. Written out, since the contract that knows them is not loaded for every start; a test
 * compares.
 */
export const KIND_TOPICS = {
  'access-policies': 'AccessPolicy',
  bindings: 'Binding',
  clusters: 'Cluster',
  groups: 'Group',
  'identity-providers': 'IdentityProvider',
  organizations: 'Organization',
  projects: 'Project',
  roles: 'Role',
  'service-accounts': 'ServiceAccount',
  users: 'User',
  'workload-identities': 'WorkloadIdentity',
} as const satisfies Readonly<Record<string, KindName>>;

/** `projects list` and the like: the general commands, with the kind known. Commands of a topic's own win. */
export const KIND_LOADERS: Loaders = Object.fromEntries(
  Object.entries(KIND_TOPICS).flatMap(([topic, kind]) =>
    (['list', 'show', 'create', 'edit', 'delete'] as const).map((verb) => [
      `${topic}:${verb}`,
      async () => (await import('./commands/kinds.ts')).kindCommand(kind, verb),
    ]),
  ),
);

/** Every command by its id, loaded when it runs. Words of an id are joined by colons, as oclif does. */
export const COMMAND_LOADERS: Loaders = {
  ...KIND_LOADERS,
  'accounts:list': async () => (await import('./commands/accounts/list.ts')).default,
  'accounts:use': async () => (await import('./commands/accounts/use.ts')).default,
  'agent:run': async () => (await import('./commands/agent/run.ts')).default,
  apply: async () => (await import('./commands/apply.ts')).default,
  'clusters:agents': async () => (await import('./commands/clusters/agents/index.ts')).default,
  'clusters:agents:revoke': async () => (await import('./commands/clusters/agents/revoke.ts')).default,
  'clusters:deregister': async () => (await import('./commands/clusters/deregister.ts')).default,
  'clusters:join-tokens:list': async () => (await import('./commands/clusters/join-tokens/list.ts')).default,
  'clusters:join-tokens:revoke': async () => (await import('./commands/clusters/join-tokens/revoke.ts')).default,
  'clusters:manifest': async () => (await import('./commands/clusters/manifest.ts')).default,
  'clusters:move': async () => (await import('./commands/clusters/move.ts')).default,
  'clusters:register': async () => (await import('./commands/clusters/register.ts')).default,
  'clusters:rename': async () => (await import('./commands/clusters/rename.ts')).default,
  'clusters:share': async () => (await import('./commands/clusters/share.ts')).default,
  completion: async () => (await import('./commands/completion.ts')).default,
  'config:clean': async () => (await import('./commands/config/clean.ts')).default,
  'config:path': async () => (await import('./commands/config/path.ts')).default,
  'config:show': async () => (await import('./commands/config/show.ts')).default,
  create: async () => (await import('./commands/create.ts')).default,
  delete: async () => (await import('./commands/delete.ts')).default,
  diff: async () => (await import('./commands/diff.ts')).default,
  demo: async () => (await import('./commands/demo.ts')).default,
  doctor: async () => (await import('./commands/doctor.ts')).default,
  edit: async () => (await import('./commands/edit.ts')).default,
  export: async () => (await import('./commands/export.ts')).default,
  get: async () => (await import('./commands/get.ts')).default,
  'identity-providers:scim-token': async () => (await import('./commands/identity-providers/scim-token.ts')).default,
  'identity-providers:dry-run': async () => (await import('./commands/identity-providers/dry-run.ts')).default,
  'identity-providers:test': async () => (await import('./commands/identity-providers/test.ts')).default,
  'kube:credential': async () => (await import('./commands/kube/credential.ts')).default,
  'kube:list': async () => (await import('./commands/kube/list.ts')).default,
  'kube:login': async () => (await import('./commands/kube/login.ts')).default,
  'kube:logout': async () => (await import('./commands/kube/logout.ts')).default,
  'kube:use': async () => (await import('./commands/kube/use.ts')).default,
  login: async () => (await import('./commands/login.ts')).default,
  logout: async () => (await import('./commands/logout.ts')).default,
  'me:passkeys:list': async () => (await import('./commands/me/passkeys/list.ts')).default,
  'me:passkeys:remove': async () => (await import('./commands/me/passkeys/remove.ts')).default,
  'me:recovery-codes:renew': async () => (await import('./commands/me/recovery-codes/renew.ts')).default,
  'me:totp:enrol': async () => (await import('./commands/me/totp/enrol.ts')).default,
  'policy:diff': async () => (await import('./commands/policy/diff.ts')).default,
  'policy:explain': async () => (await import('./commands/policy/explain.ts')).default,
  'policy:simulate': async () => (await import('./commands/policy/simulate.ts')).default,
  'policy:suggest': async () => (await import('./commands/policy/suggest.ts')).default,
  'policy:test': async () => (await import('./commands/policy/test.ts')).default,
  'policy:validate': async () => (await import('./commands/policy/validate.ts')).default,
  'profiles:list': async () => (await import('./commands/profiles/list.ts')).default,
  'profiles:remove': async () => (await import('./commands/profiles/remove.ts')).default,
  'profiles:rename': async () => (await import('./commands/profiles/rename.ts')).default,
  'profiles:use': async () => (await import('./commands/profiles/use.ts')).default,
  schema: async () => (await import('./commands/schema.ts')).default,
  'server:invite': async () => (await import('./commands/server/invite.ts')).default,
  'server:keys:list': async () => (await import('./commands/server/keys/list.ts')).default,
  'server:keys:rewrap': async () => (await import('./commands/server/keys/rewrap.ts')).default,
  'server:keys:rotate': async () => (await import('./commands/server/keys/rotate.ts')).default,
  'service-accounts:keys:create': async () => (await import('./commands/service-accounts/keys/create.ts')).default,
  'service-accounts:keys:list': async () => (await import('./commands/service-accounts/keys/list.ts')).default,
  'service-accounts:keys:revoke': async () => (await import('./commands/service-accounts/keys/revoke.ts')).default,
  'server:start': async () => (await import('./commands/server/start.ts')).default,
  'sessions:end': async () => (await import('./commands/sessions/end.ts')).default,
  'sessions:list': async () => (await import('./commands/sessions/list.ts')).default,
  'signer:init': async () => (await import('./commands/signer/init.ts')).default,
  'signer:keys:adopt': async () => (await import('./commands/signer/keys/adopt.ts')).default,
  'signer:keys:list': async () => (await import('./commands/signer/keys/list.ts')).default,
  'signer:keys:rotate': async () => (await import('./commands/signer/keys/rotate.ts')).default,
  'signer:start': async () => (await import('./commands/signer/start.ts')).default,
  status: async () => (await import('./commands/status.ts')).default,
  'users:expire-password': async () => (await import('./commands/users/expire-password.ts')).default,
  'users:invite': async () => (await import('./commands/users/invite.ts')).default,
  'users:reset': async () => (await import('./commands/users/reset.ts')).default,
  version: async () => (await import('./commands/version.ts')).default,
  whoami: async () => (await import('./commands/whoami.ts')).default,
};
