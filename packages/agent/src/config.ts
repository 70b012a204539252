import { readFileSync } from 'node:fs';
import { type ClusterId, isId, parseDuration, Secret, type UpstreamMode } from '@sallyport/core';
import type { SigningJwks } from '@sallyport/core/credentials';
import { parseYaml as parseForeignYaml } from '@sallyport/core/yaml';
import { parseCaBundle } from './ca-bundle.ts';
import { AGENT_CONFIG_DEFAULTS } from './config-defaults.ts';
import { CONFIG_KEYS, collectSettings, type Settings } from './config-sources.ts';
import type { EgressProxy } from './egress-proxy.ts';
import { AgentError, faultOf } from './errors.ts';
import type { UninstallPlan } from './manifest-uninstall.ts';

/** Everything that `runAgent` is told. Embedders may build it by hand; `loadAgentConfig` reads it from outside. */
export interface AgentConfig {
  readonly server: {
    /** Front door of the server, `https:`. */
    readonly url: URL;
    /** The only CAs believed when enrolling, PEM. */
    readonly caPem: string;
  };
  /** The cluster that the manifest was made for: an enrolment for another one is refused. */
  readonly clusterId?: ClusterId;
  /** Public keys of the capability signer, pinned: nothing that they did not sign is carried out. */
  readonly capabilityKeys: SigningJwks;
  /** The join token as it is now; called again whenever one is needed. */
  readonly joinToken: () => Secret | undefined;
  readonly identity:
    | { readonly kind: 'file'; readonly directory: string }
    | { readonly kind: 'secret'; readonly namespace: string; readonly name: string };
  readonly upstream:
    | { readonly kind: 'inCluster'; readonly host?: string; readonly port?: number; readonly directory?: string }
    | { readonly kind: 'kubeconfig'; readonly file: string; readonly context?: string };
  /** The service account token for the server as it is now: it is rotated. Absent: there is none to show. */
  readonly tunnelToken?: () => string | undefined;
  /** What to remove when the cluster is deregistered. Absent: nothing, the agent only stops. */
  readonly uninstallPlan?: UninstallPlan;
  /** Groups that may be impersonated. */
  readonly ceiling: readonly string[];
  /** How people act in the cluster. Absent: they are impersonated, and nothing is kept or looked for in the cluster. */
  readonly access?: AgentAccessConfig;
  /** What the tunnel runs on. `tls` takes less CPU and memory, and falls back to gRPC at a server that does not know it. Default `grpc`. */
  readonly tunnelLink?: TunnelLink;
  readonly proxy?: EgressProxy;
  /** Where probes and metrics are served; absent: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
  /** How long open exchanges may go on after a signal to stop. */
  readonly drainTimeoutMs: number;
}

/** What a tunnel can run on: `@sallyport/tunnel/grpc` or `@sallyport/tunnel/tls`. */
export type TunnelLink = 'grpc' | 'tls';

/** How people act in the cluster, and by which names what that needs goes. */
export interface AgentAccessConfig {
  readonly mode: UpstreamMode;
  /** Whether the agent was given only the verbs of constrained impersonation. */
  readonly constrainedImpersonation: boolean;
  /** Whether ClusterRoles may be generated from rules, where the mode is to bind people. Default false. */
  readonly generatedRules?: boolean;
  /** ClusterRoles that people may be bound to, where the mode is to bind them. */
  readonly clusterRoles: readonly string[];
  /** Namespace and name of the service account that the agent was installed with. */
  readonly namespace: string;
  readonly name: string;
}

/** Where {@link loadAgentConfig} reads. */
export interface ConfigSources {
  /** Flags, without the program's name: `--server URL` or `--server=URL`; `--config FILE` names the YAML file. */
  readonly argv: readonly string[];
  /** `SALLYPORT_AGENT_*`, and what Kubernetes sets for pods. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file as UTF-8. Default: the file system. */
  readonly readFile?: (path: string) => string;
}

/**
 * Reads the configuration: a flag wins over the environment, that over the file. All problems are reported at once.
 * @throws AgentError `ERR_AGENT_CONFIG_INVALID`
 */
export function loadAgentConfig(sources: ConfigSources): AgentConfig {
  const { env, readFile = (path) => readFileSync(path, 'utf8') } = sources;
  const problems: string[] = [];
  const read = (path: string, key: string): string | undefined => {
    try {
      return readFile(path);
    } catch (error) {
      problems.push(`${key}: ${path} can't be read: ${faultOf(error)}`);
      return undefined;
    }
  };
  const settings = collectSettings({ ...sources, readYaml: (path) => parseYaml(read(path, 'config')) }, problems);
  const config = resolve(settings, { env, read, readFile, problems });
  if (problems.length > 0 || config === undefined) throw invalid(problems);
  return config;

  function parseYaml(text: string | undefined): unknown {
    if (text === undefined) return {};
    try {
      return parseForeignYaml(text);
    } catch (error) {
      problems.push(`config: the file ${(error as Error).message}`);
      return {};
    }
  }
}

interface ResolveTools {
  readonly env: ConfigSources['env'];
  readonly read: (path: string, key: string) => string | undefined;
  readonly readFile: (path: string) => string;
  readonly problems: string[];
}

function resolve(settings: Settings, tools: ResolveTools): AgentConfig | undefined {
  const { problems } = tools;
  const before = problems.length;
  const url = readUrl(settings, problems);
  const caPem = readCa(settings, tools);
  const capabilityKeys = readKeys(settings, tools);
  const identity = readIdentity(settings, problems);
  const tunnelLink = readTunnelLink(settings, problems);
  const proxy = readProxy(settings, tools);
  const health = readHealth(settings, problems);
  const clusterId = readClusterId(settings, problems);
  const uninstallPlan = readUninstallPlan(settings, tools);
  const access = readAccess(settings, problems);
  const tunnelToken = settings.tunnelTokenFile;
  const ceiling = settings.ceiling?.split(',').map((group) => group.trim()) ?? AGENT_CONFIG_DEFAULTS.ceiling;
  for (const group of ceiling) {
    if (group === '' || group.toLowerCase().startsWith('system:')) {
      problems.push(`ceiling: ${JSON.stringify(group)} can't be a ceiling`);
    }
  }
  let drainTimeoutMs: number = AGENT_CONFIG_DEFAULTS.drainTimeoutMs;
  try {
    if (settings.drainTimeout !== undefined) drainTimeoutMs = parseDuration(settings.drainTimeout);
  } catch (error) {
    problems.push(`drainTimeout: ${(error as Error).message}`);
  }
  if (problems.length > before || !url || !caPem || !capabilityKeys || !identity) return undefined;
  return {
    server: { url, caPem },
    ...(clusterId && { clusterId }),
    capabilityKeys,
    joinToken: joinTokenReader(settings, tools.readFile),
    identity,
    ...(tunnelToken !== undefined && { tunnelToken: fileReader(tunnelToken, tools.readFile) }),
    ...(uninstallPlan && { uninstallPlan }),
    upstream: readUpstream(settings, tools.env),
    ceiling,
    ...(access && { access }),
    tunnelLink,
    ...(proxy && { proxy }),
    ...(health && { health }),
    drainTimeoutMs,
  };
}

function readUrl({ server }: Settings, problems: string[]): URL | undefined {
  const url = server !== undefined && URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'https:') return url;
  problems.push(server === undefined ? 'server is required' : 'server: an https URL is required');
  return undefined;
}

function readCa({ serverCaFile }: Settings, { read, problems }: ResolveTools): string | undefined {
  if (serverCaFile === undefined) problems.push('serverCaFile is required');
  const pem = serverCaFile === undefined ? undefined : read(serverCaFile, 'serverCaFile');
  try {
    if (pem !== undefined) parseCaBundle(pem, serverCaFile ?? '');
  } catch (error) {
    problems.push(`serverCaFile: ${(error as Error).message}`);
  }
  return pem;
}

function readKeys({ capabilityKeysFile }: Settings, { read, problems }: ResolveTools): SigningJwks | undefined {
  if (capabilityKeysFile === undefined) {
    problems.push('capabilityKeysFile is required');
    return undefined;
  }
  const text = read(capabilityKeysFile, 'capabilityKeysFile');
  if (text === undefined) return undefined;
  try {
    const keys = JSON.parse(text) as Partial<SigningJwks> | null;
    if (Array.isArray(keys?.keys) && keys.keys.length > 0) return keys as SigningJwks;
  } catch {
    // Reported below, together with JSON of another shape.
  }
  problems.push('capabilityKeysFile: not a JWK set with at least one key');
  return undefined;
}

function readIdentity(settings: Settings, problems: string[]): AgentConfig['identity'] | undefined {
  const { identityDirectory, identitySecret } = settings;
  if ((identityDirectory === undefined) === (identitySecret === undefined)) {
    problems.push('exactly one of identityDirectory and identitySecret is required');
    return undefined;
  }
  if (identityDirectory !== undefined) return { kind: 'file', directory: identityDirectory };
  const match = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/.exec(identitySecret ?? '');
  if (match === null) problems.push('identitySecret: write NAMESPACE/NAME');
  return match === null ? undefined : { kind: 'secret', namespace: match[1] as string, name: match[2] as string };
}

function readClusterId({ clusterId }: Settings, problems: string[]): ClusterId | undefined {
  if (clusterId === undefined || isId('cluster', clusterId)) return clusterId;
  problems.push(`clusterId: ${JSON.stringify(clusterId.slice(0, 40))} is no cluster id`);
  return undefined;
}

const MODES: readonly UpstreamMode[] = ['impersonate', 'managed', 'serviceAccounts'];

function readAccess(settings: Settings, problems: string[]): AgentAccessConfig | undefined {
  const { upstreamMode = 'impersonate', clusterRoles, installation } = settings;
  const constrainedImpersonation = settings.constrainedImpersonation === 'true';
  if (!['true', 'false', undefined].includes(settings.constrainedImpersonation)) {
    problems.push('constrainedImpersonation: write true or false');
  }
  const generatedRules = settings.generatedRules === 'true';
  if (!['true', 'false', undefined].includes(settings.generatedRules)) {
    problems.push('generatedRules: write true or false');
  }
  if (generatedRules && upstreamMode === 'impersonate') {
    problems.push('generatedRules: only with the upstreamMode managed or serviceAccounts');
  }
  const mode = MODES.find((known) => known === upstreamMode);
  if (mode === undefined) problems.push(`upstreamMode: write one of ${MODES.join(', ')}`);
  if (installation === undefined) {
    if (mode !== undefined && mode !== 'impersonate') problems.push(`installation is required for ${mode}`);
    return undefined;
  }
  const match = /^([a-z0-9-]{1,63})\/([a-z0-9-]{1,63})$/.exec(installation);
  if (match === null) problems.push('installation: write NAMESPACE/NAME');
  const roles = clusterRoles?.split(',').map((role) => role.trim()) ?? [];
  for (const role of roles) {
    // The name becomes a part of a path and of the name of bindings.
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(role)) {
      problems.push(`clusterRoles: ${JSON.stringify(role.slice(0, 80))} can't be bound`);
    }
  }
  if (mode === undefined || match === null) return undefined;
  return {
    mode,
    constrainedImpersonation,
    ...(generatedRules && { generatedRules }),
    clusterRoles: roles,
    namespace: match[1] as string,
    name: match[2] as string,
  };
}

function readUpstream({ kubeconfig, kubeconfigContext }: Settings, env: ConfigSources['env']): AgentConfig['upstream'] {
  if (kubeconfig !== undefined) {
    return {
      kind: 'kubeconfig',
      file: kubeconfig,
      ...(kubeconfigContext !== undefined && { context: kubeconfigContext }),
    };
  }
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  return { kind: 'inCluster', ...(host && { host }), ...(port && { port: Number(port) }) };
}

function readTunnelLink(settings: Settings, problems: string[]): TunnelLink {
  const { tunnelLink = AGENT_CONFIG_DEFAULTS.tunnelLink } = settings;
  if (tunnelLink !== 'grpc' && tunnelLink !== 'tls') problems.push('tunnelLink: write grpc or tls');
  return tunnelLink === 'tls' ? 'tls' : 'grpc';
}

function readProxy(settings: Settings, { read, problems }: ResolveTools): EgressProxy | undefined {
  const { proxy, proxyUserNameFile, proxyPassword, proxyPasswordFile } = settings;
  if (proxy === undefined) return undefined;
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (url?.protocol !== 'http:' || url.username !== '' || url.password !== '') {
    problems.push('proxy: write http://HOST:PORT, and the credentials in proxyUserName and proxyPasswordFile');
    return undefined;
  }
  const userName =
    settings.proxyUserName ?? (proxyUserNameFile && read(proxyUserNameFile, 'proxyUserNameFile')?.trim());
  const password = proxyPassword ?? (proxyPasswordFile && read(proxyPasswordFile, 'proxyPasswordFile')?.trim());
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || '80'),
    ...(userName !== undefined && { credentials: { userName, password: new Secret(password ?? '') } }),
  };
}

function readHealth({ health = AGENT_CONFIG_DEFAULTS.health }: Settings, problems: string[]): AgentConfig['health'] {
  if (health === 'off') return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(health);
  if (match !== null && Number(match[3]) <= 65_535)
    return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) };
  problems.push('health: write HOST:PORT, or off');
  return undefined;
}

function joinTokenReader({ joinToken, joinTokenFile }: Settings, readFile: (path: string) => string) {
  if (joinToken !== undefined) {
    const token = new Secret(joinToken);
    return () => token;
  }
  if (joinTokenFile === undefined) return () => undefined;
  const read = fileReader(joinTokenFile, readFile);
  return () => {
    const text = read();
    return text === undefined ? undefined : new Secret(text);
  };
}

/** Reads a file that may come, change and go: whether it is needed shows when it is. */
function fileReader(path: string, readFile: (path: string) => string): () => string | undefined {
  return () => {
    try {
      return readFile(path).trim() || undefined;
    } catch {
      return undefined;
    }
  };
}

function readUninstallPlan(
  { uninstallPlanFile }: Settings,
  { read, problems }: ResolveTools,
): UninstallPlan | undefined {
  if (uninstallPlanFile === undefined) return undefined;
  const text = read(uninstallPlanFile, 'uninstallPlanFile');
  if (text === undefined) return undefined;
  try {
    const plan = JSON.parse(text) as Partial<UninstallPlan> | null;
    if (isUninstallPlan(plan)) return plan;
  } catch {
    // Reported below, together with JSON of another shape.
  }
  problems.push('uninstallPlanFile: not the plan that the install manifest has');
  return undefined;
}

function isUninstallPlan(plan: Partial<UninstallPlan> | null): plan is UninstallPlan {
  const isPath = (value: unknown) => typeof value === 'string' && /^\/apis?\/[a-z0-9./-]+$/.test(value);
  const arePaths = (value: unknown) => Array.isArray(value) && value.every(isPath);
  const { rights } = plan ?? {};
  return (
    isPath(plan?.namespacePath) &&
    isPath(plan?.identityPath) &&
    [plan?.clusterPaths, plan?.namespacedPaths, plan?.listPaths, rights?.namespacedPaths].every(arePaths) &&
    [rights?.clusterRolePath, rights?.clusterRoleBindingPath].every(isPath) &&
    Object.keys(plan?.labels ?? {}).length > 0
  );
}

function invalid(problems: readonly string[]): AgentError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new AgentError({
    code: 'ERR_AGENT_CONFIG_INVALID',
    message: `the configuration of the agent has ${count}:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    nextStep: `Known settings: ${Object.keys(CONFIG_KEYS).join(', ')}.`,
  });
}
