import { TerminalError } from '../errors.ts';
import type { Flag } from './flags.ts';

/** Commands of kubectl that do not run in the browser: why, and what to do instead. */
export const REFUSED_COMMANDS: Readonly<Record<string, { readonly why: string; readonly nextStep: string }>> = {
  'port-forward': {
    why: 'the port would be one of the server, and not of your machine',
    nextStep: 'Run it on your machine: sallyport kube login, then kubectl port-forward.',
  },
  proxy: {
    why: 'the port would be one of the server, and not of your machine',
    nextStep: 'Run it on your machine: sallyport kube login, then kubectl proxy.',
  },
  diff: {
    why: 'it starts another program to compare',
    nextStep: 'Use kubectl apply --dry-run=server -o yaml, or the YAML editor of the resource browser.',
  },
  kustomize: {
    why: 'it fetches what a file names, from anywhere',
    nextStep: 'Run it on your machine, and upload what it prints.',
  },
  plugin: { why: 'there are no plugins', nextStep: 'Run it on your machine: sallyport kube login.' },
  completion: { why: 'there is no shell', nextStep: 'Press Tab: names are completed as you type.' },
  kuberc: { why: 'preferences of kubectl are not read', nextStep: 'Type the flags that you want.' },
  alpha: { why: 'commands in alpha are not known', nextStep: 'Run it on your machine: sallyport kube login.' },
  options: { why: 'it lists flags that mostly do not apply', nextStep: 'Add --help to a command.' },
  sh: { why: 'there is no shell', nextStep: 'Run one kubectl command per line.' },
};

/** Flags of every command that lead away from this cluster and this person. */
const NEVER: Readonly<Record<string, string>> = {
  as: 'another identity',
  'as-group': 'another identity',
  'as-uid': 'another identity',
  'as-user-extra': 'another identity',
  token: 'another identity',
  user: 'another identity',
  username: 'another identity',
  password: 'another identity',
  'client-certificate': 'another identity',
  'client-key': 'another identity',
  server: 'another server',
  cluster: 'another server',
  context: 'another server',
  kubeconfig: 'another server',
  'tls-server-name': 'another server',
  'certificate-authority': 'another server',
  'insecure-skip-tls-verify': 'another server',
  'cache-dir': 'a folder of its own',
  kuberc: 'preferences that are not read',
  profile: 'a profile of kubectl itself',
  'profile-output': 'a profile of kubectl itself',
};

/**
 * Refuses flags that a terminal has no use for: it is one person's on one cluster.
 * @throws TerminalError `ERR_TERMINAL_FLAG_REFUSED`
 */
export function assertAllowedFlag(command: string, flag: Flag, value: string): void {
  if (flag.isGlobal && Object.hasOwn(NEVER, flag.name)) {
    throw new TerminalError({
      code: 'ERR_TERMINAL_FLAG_REFUSED',
      message: `--${flag.name} would name ${NEVER[flag.name]}, and this terminal is yours on one cluster`,
      nextStep: 'Leave it out, or open a terminal on the other cluster.',
    });
  }
  if (command === 'config view' && (flag.name === 'raw' || flag.name === 'flatten') && value !== 'false') {
    throw new TerminalError({
      code: 'ERR_TERMINAL_FLAG_REFUSED',
      message: `config view --${flag.name} shows credentials, and this terminal holds none`,
      nextStep: 'Leave it out.',
    });
  }
}
