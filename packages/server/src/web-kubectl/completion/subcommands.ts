import { KUBECTL_COMMANDS } from '../grammar/kubectl-commands.ts';

/** The words that may follow a command: of none, the commands themselves. */
export function subcommandsOf(command: string): readonly string[] {
  const prefix = command === '' ? '' : `${command} `;
  const following = Object.keys(KUBECTL_COMMANDS)
    .filter((path) => path.startsWith(prefix) && path !== command)
    .map((path) => path.slice(prefix.length).split(' ', 1)[0] as string);
  return [...new Set(following)].sort();
}
