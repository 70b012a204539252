import type { Command } from '@oclif/core';
import { Config, type Interfaces } from '@oclif/core';
import { COMMAND_LOADERS } from './command-loaders.ts';
import type { CliContext } from './context.ts';
import { TOPICS } from './topics.ts';

// By plugin, not by configuration: oclif copies the latter before it runs a command, and keeps the plugins.
const contexts = new WeakMap<Interfaces.Plugin, CliContext>();

/** The context that {@link createConfig} was given. */
export function contextOf(config: Interfaces.Config): CliContext {
  const plugin = config.plugins.get(PACKAGE.name);
  const context = plugin && contexts.get(plugin);
  if (context === undefined) throw new TypeError('the command was not started by runCli');
  return context;
}

/**
 * Builds oclif's configuration from the table of commands, with no folder scanned and no manifest read. `describe` loads
 * every command for its flags and texts, which only help needs; without it a command is loaded when it runs.
 */
export async function createConfig(context: CliContext, options: { readonly describe: boolean }): Promise<Config> {
  const commands = await Promise.all(
    Object.entries(COMMAND_LOADERS).map(async ([id, load]) => describe(id, load, options.describe)),
  );
  const plugin: Interfaces.Plugin = {
    _base: '',
    alias: PACKAGE.name,
    commandIDs: Object.keys(COMMAND_LOADERS),
    commands,
    commandsDir: undefined,
    findCommand: (async (id: string) => COMMAND_LOADERS[id]?.()) as Interfaces.Plugin['findCommand'],
    hasManifest: false,
    hooks: {},
    isRoot: true,
    load: async () => {},
    moduleType: 'module',
    name: PACKAGE.name,
    options: { root: context.cwd },
    pjson: { ...PACKAGE, version: context.version },
    root: context.cwd,
    topics: Object.entries(TOPICS).map(([name, description]) => ({ name, description })),
    type: 'core',
    valid: true,
    version: context.version,
  };
  contexts.set(plugin, context);
  return Config.load({ root: context.cwd, plugins: new Map([[plugin.name, plugin]]) });
}

const PACKAGE = {
  name: '@sallyport/cli',
  description: 'Kubernetes access without an inbound port: log in once, use plain kubectl.',
  oclif: { bin: 'sallyport', dirname: 'sallyport', topicSeparator: ' ' as const },
};

async function describe(id: string, load: () => Promise<Command.Class>, isFull: boolean): Promise<Command.Loadable> {
  const bare = { id, aliases: [], args: {}, flags: {}, hidden: false, hiddenAliases: [], load };
  if (!isFull) return bare;
  const command = await load();
  return {
    ...bare,
    args: named(command.args),
    flags: named({ ...command.baseFlags, ...command.flags }),
    hidden: command.hidden,
    pluginName: PACKAGE.name,
    ...(command.summary !== undefined && { summary: command.summary }),
    ...(command.description !== undefined && { description: command.description }),
    ...(command.examples !== undefined && { examples: command.examples }),
    ...(command.usage !== undefined && { usage: command.usage }),
  };
}

/** Arguments and flags with their names, which oclif writes into what it reads from a manifest, and help asks for. */
function named<Value extends object>(table: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, { ...value, name }]));
}
