import type { Command } from '@oclif/core';

/** Every command by its id, loaded when it runs. Words of an id are joined by colons, as oclif does. */
export const COMMAND_LOADERS: Readonly<Record<string, () => Promise<Command.Class>>> = {
  'agent:run': async () => (await import('./commands/agent/run.ts')).default,
  'clusters:list': async () => (await import('./commands/clusters/list.ts')).default,
  'clusters:register': async () => (await import('./commands/clusters/register.ts')).default,
  'clusters:show': async () => (await import('./commands/clusters/show.ts')).default,
  demo: async () => (await import('./commands/demo.ts')).default,
  doctor: async () => (await import('./commands/doctor.ts')).default,
  'kube:credential': async () => (await import('./commands/kube/credential.ts')).default,
  'kube:list': async () => (await import('./commands/kube/list.ts')).default,
  'kube:login': async () => (await import('./commands/kube/login.ts')).default,
  'kube:logout': async () => (await import('./commands/kube/logout.ts')).default,
  'kube:use': async () => (await import('./commands/kube/use.ts')).default,
  login: async () => (await import('./commands/login.ts')).default,
  logout: async () => (await import('./commands/logout.ts')).default,
  'server:start': async () => (await import('./commands/server/start.ts')).default,
  status: async () => (await import('./commands/status.ts')).default,
  version: async () => (await import('./commands/version.ts')).default,
  whoami: async () => (await import('./commands/whoami.ts')).default,
};
