// Renders src/web-kubectl/grammar/kubectl-commands.ts from the help of a kubectl: node render-kubectl-commands.mjs /path/to/kubectl
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [kubectl = 'kubectl'] = process.argv.slice(2);
/** Commands that terminals in the browser have; what they refuse is refused by name, whatever its flags. */
const COMMANDS =
  'annotate api-resources api-versions apply attach auth autoscale certificate cluster-info config cordon cp create debug delete describe drain edit events exec explain expose get label logs patch replace rollout run scale set taint top uncordon version wait';
/** Flags whose value may be left out; help does not say so. */
const OPTIONAL = new Set(['dry-run', 'validate', 'cascade']);
const KEPT_OF_CONFIG = new Set(['view', 'current-context', 'get-contexts', 'get-clusters']);

const help = (...words) => execFileSync(kubectl, words, { encoding: 'utf8', env: { KUBECONFIG: '/dev/null' } });
const commands = {};
for (const command of COMMANDS.split(' ')) collect([command]);
const [version] = /v[\d.]+/.exec(help('version', '--client'));

const text = `/**
 * Commands and flags of kubectl ${version}, without those that no terminal in the browser has. Made from its help by
 * \`scripts/render-kubectl-commands.mjs\`. A flag is \`name\`, behind \`/\` its letter, and at the end \`!\` where it takes no value, \`?\`
 * where its value may be left out.
 */
export const KUBECTL_COMMANDS: Readonly<Record<string, string>> = {
${Object.entries(commands)
  .map(([path, flags]) => `  '${path}':\n    '${flags.join(' ')}',`)
  .join('\n')}
};

/** Flags of every command. */
export const KUBECTL_GLOBAL_FLAGS =
  '${flagsOf(help('options')).join(' ')}';
`;
writeFileSync(new URL('../src/web-kubectl/grammar/kubectl-commands.ts', import.meta.url), text);

function collect(path) {
  const page = help(...path, '--help');
  const below = [...(/Available Commands:\n([\s\S]*?)\n\n/.exec(page)?.[1] ?? '').matchAll(/^ {2}(\S+)/gm)].map(
    ([, name]) => name,
  );
  if (path.length === 1)
    below.splice(0, below.length, ...below.filter((name) => path[0] !== 'config' || KEPT_OF_CONFIG.has(name)));
  if (below.length === 0 || /^Usage:\n {2}kubectl \S+ (?!SUBCOMMAND|.*command)/m.test(page))
    commands[path.join(' ')] = flagsOf(page);
  for (const name of below) collect([...path, name]);
}

function flagsOf(page) {
  return [...page.matchAll(/^ {4}(?:-(\S), )?--([a-z0-9-]+)=?(.*):$/gm)].map(([, letter, name, value]) => {
    const mark = /^(true|false)$/.test(value) ? '!' : OPTIONAL.has(name) ? '?' : '';
    return `${name}${letter === undefined ? '' : `/${letter}`}${mark}`;
  });
}
