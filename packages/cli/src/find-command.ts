import { COMMAND_LOADERS } from './command-loaders.ts';

/** The longest command whose words open `argv`, and what follows it. */
export function findCommandId(argv: readonly string[]): { readonly id?: string; readonly rest: readonly string[] } {
  const words = argv.slice(0, argv.findIndex((word) => word.startsWith('-')) >>> 0);
  for (let count = Math.min(words.length, 3); count > 0; count--) {
    const id = words.slice(0, count).join(':');
    if (Object.hasOwn(COMMAND_LOADERS, id)) return { id, rest: argv.slice(count) };
  }
  return { rest: argv };
}
