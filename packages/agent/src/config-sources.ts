import { nearestName } from '@sallyport/core';

/** Settings of the agent, and what each is for. The same table names file keys, variables and flags. */
export const CONFIG_KEYS = {
  server: 'https URL of the server',
  serverCaFile: 'PEM bundle with the CA of the server',
  clusterId: 'id of the cluster that the manifest was made for',
  capabilityKeysFile: 'JWK set of the capability signer',
  joinToken: 'single-use token to enrol with; prefer joinTokenFile',
  joinTokenFile: 'file with the join token',
  identityDirectory: 'directory that keeps the identity',
  identitySecret: 'NAMESPACE/NAME of the Secret that keeps the identity',
  tunnelTokenFile: 'service account token that shows the server in which cluster the agent runs',
  uninstallPlanFile: 'what to remove when the cluster is deregistered',
  kubeconfig: 'kubeconfig of the API server; without it the pod’s own service account is used',
  kubeconfigContext: 'context of the kubeconfig',
  upstreamMode: 'how people act in the cluster: impersonate, managed or serviceAccounts',
  constrainedImpersonation: 'true when the agent was given only the verbs of constrained impersonation',
  generatedRules: 'true when the agent may make ClusterRoles from the rules of roles',
  clusterRoles: 'ClusterRoles that people may be bound to, separated by commas',
  installation: 'NAMESPACE/NAME of the service account that the agent was installed with',
  ceiling: 'groups that may be impersonated, separated by commas',
  tunnelLink: 'what the tunnel runs on: grpc, or tls for less CPU and memory',
  proxy: 'HTTP proxy for the connections to the server, http://HOST:PORT',
  proxyUserName: 'user name for the proxy',
  proxyUserNameFile: 'file with the user name for the proxy',
  proxyPassword: 'password for the proxy; prefer proxyPasswordFile',
  proxyPasswordFile: 'file with the password for the proxy',
  health: 'HOST:PORT of probes and metrics, or off',
  drainTimeout: 'time that open exchanges get when the agent stops, for example 30s',
} as const;

/** Name of one setting. */
export type ConfigKey = keyof typeof CONFIG_KEYS;

/** Text of each setting that was given anywhere. */
export type Settings = Readonly<Partial<Record<ConfigKey, string>>>;

const ENV_PREFIX = 'SALLYPORT_AGENT_';

/** Merges file, environment and flags, the last one winning; what can't be read goes to `problems`. */
export function collectSettings(
  sources: {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly readYaml: (path: string) => unknown;
  },
  problems: string[],
): Settings {
  const flags = readFlags(sources.argv, problems);
  const fromEnv = readEnv(sources.env, problems);
  const file = flags.get('config') ?? fromEnv.get('config');
  const fromFile = file === undefined ? new Map<string, string>() : readDocument(sources.readYaml(file), problems);
  const merged = new Map([...fromFile, ...fromEnv, ...flags]);
  merged.delete('config');
  return Object.fromEntries(merged);
}

function readFlags(argv: readonly string[], problems: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [, flag, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[i] as string) ?? [];
    if (flag === undefined) {
      problems.push(`${JSON.stringify(argv[i])} is no flag`);
      continue;
    }
    const key = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const value = inline ?? argv[++i];
    if (!isKnown(key))
      problems.push(unknown(`--${flag}`, key, (known) => `--${known.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`));
    else if (value === undefined) problems.push(`--${flag} has no value`);
    else found.set(key, value);
  }
  return found;
}

function readEnv(env: Readonly<Record<string, string | undefined>>, problems: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(ENV_PREFIX) || value === undefined) continue;
    const key = name
      .slice(ENV_PREFIX.length)
      .toLowerCase()
      .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (isKnown(key)) found.set(key, value);
    else problems.push(unknown(name, key, (known) => ENV_PREFIX + known.replace(/[A-Z]/g, '_$&').toUpperCase()));
  }
  return found;
}

function readDocument(document: unknown, problems: string[]): Map<string, string> {
  const found = new Map<string, string>();
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    problems.push('config: the file is no mapping');
    return found;
  }
  for (const [key, value] of Object.entries(document)) {
    if (!isKnown(key) || key === 'config') problems.push(unknown(key, key, (known) => known));
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) found.set(key, value.join(','));
    else if (typeof value === 'string') found.set(key, value);
    else problems.push(`${key}: text is required`);
  }
  return found;
}

function isKnown(key: string): boolean {
  return key === 'config' || Object.hasOwn(CONFIG_KEYS, key);
}

function unknown(written: string, key: string, write: (known: string) => string): string {
  const near = nearestName(key, [...Object.keys(CONFIG_KEYS), 'config']);
  return `${written} is not known${near === undefined ? '' : `, did you mean ${write(near)}?`}`;
}
