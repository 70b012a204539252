import { COMMAND_LOADERS } from './command-loaders.ts';

/** All command classes by id: the target of oclif's explicit command strategy, for its tools. */
export const COMMANDS = Object.fromEntries(
  await Promise.all(Object.entries(COMMAND_LOADERS).map(async ([id, load]) => [id, await load()] as const)),
);
