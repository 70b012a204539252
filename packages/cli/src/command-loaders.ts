import type { Command } from '@oclif/core';

/** Every command by its id, loaded when it runs. Words of an id are joined by colons, as oclif does. */
export const COMMAND_LOADERS: Readonly<Record<string, () => Promise<Command.Class>>> = {
  doctor: async () => (await import('./commands/doctor.ts')).default,
  version: async () => (await import('./commands/version.ts')).default,
};
