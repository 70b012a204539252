import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Clock, Secret } from '@sallyport/core';
import { parseYaml } from '@sallyport/core/yaml';
import { parseCaBundle } from '../ca-bundle.ts';
import { AgentError, faultOf } from '../errors.ts';
import type { KubeUpstream } from './contract.ts';
import type { EndpointOptions } from './endpoint.ts';
import { createKubeUpstream } from './node-upstream.ts';
import { createTokenFile } from './token-file.ts';

/** Options of {@link createKubeconfigUpstream}. */
export interface KubeconfigUpstreamOptions {
  /** Context to use. Default: the file's `current-context`. */
  readonly context?: string;
  readonly clock?: Clock;
}

/**
 * The API server that a kubeconfig names, for an agent outside the cluster. Takes a token, a token file or a client
 * certificate; certificate and token files are relative to the kubeconfig, as kubectl has it.
 *
 * The credential should be that of the agent's service account: whatever it may do besides impersonating, a fault of the
 * agent could do.
 * @throws AgentError `ERR_AGENT_KUBECONFIG` for plugins, unverified TLS, proxies, passwords and unreadable files,
 *   `ERR_AGENT_CA_BUNDLE`, `ERR_AGENT_TOKEN`
 */
export function createKubeconfigUpstream(file: string, options: KubeconfigUpstreamOptions = {}): KubeUpstream {
  return createKubeUpstream({ ...readKubeconfig(file, options), ...(options.clock && { clock: options.clock }) });
}

/** Fields that would have the agent run programs, skip verification or hold more than its own identity. */
const REFUSED_CLUSTER_FIELDS = {
  'insecure-skip-tls-verify': 'skips the verification of TLS',
  'proxy-url': 'names a proxy',
} as const;
const REFUSED_USER_FIELDS = {
  exec: 'runs a credential plugin',
  'auth-provider': 'runs an authentication provider',
  username: 'uses a password',
  password: 'uses a password',
  as: 'impersonates on its own',
} as const;

type Fields = Readonly<Record<string, unknown>>;

function readKubeconfig(file: string, options: KubeconfigUpstreamOptions): EndpointOptions {
  const text = readText(file, 'the kubeconfig');
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw refused(`the kubeconfig ${(error as Error).message}`);
  }
  const config = fieldsOf(document);
  const contextName = options.context ?? config['current-context'];
  if (typeof contextName !== 'string' || contextName === '') throw refused('the kubeconfig has no current context');
  const context = entry(config, 'contexts', 'context', contextName);
  const cluster = entry(config, 'clusters', 'cluster', String(context['cluster']));
  const user = entry(config, 'users', 'user', String(context['user']));
  refuseFields(cluster, REFUSED_CLUSTER_FIELDS, 'cluster');
  refuseFields(user, REFUSED_USER_FIELDS, 'user');

  const url = URL.canParse(String(cluster['server'])) ? new URL(String(cluster['server'])) : undefined;
  if (url === undefined || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '') {
    throw refused('the server of the kubeconfig is not an https URL without a path');
  }
  const directory = path.dirname(file);
  const pem = (fields: Fields, name: string): string | undefined => {
    const data = fields[`${name}-data`];
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
    const from = fields[name];
    return typeof from === 'string' ? readText(path.resolve(directory, from), name) : undefined;
  };
  const ca = pem(cluster, 'certificate-authority');
  if (ca === undefined) throw refused('the cluster of the kubeconfig names no certificate authority');
  const serverName = cluster['tls-server-name'];
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || '443'),
    ca: parseCaBundle(ca, 'the certificate authority of the kubeconfig'),
    ...(typeof serverName === 'string' && { serverName }),
    ...credentialOf(user, directory, pem, options.clock),
  };
}

function credentialOf(
  user: Fields,
  directory: string,
  pem: (fields: Fields, name: string) => string | undefined,
  clock: Clock | undefined,
): Pick<EndpointOptions, 'token' | 'certificate'> {
  const tokenFile = user['tokenFile'];
  if (typeof tokenFile === 'string') return { token: createTokenFile(path.resolve(directory, tokenFile), clock) };
  if (typeof user['token'] === 'string') {
    const token = new Secret(user['token']);
    return { token: () => token.reveal() };
  }
  const certificatePem = pem(user, 'client-certificate');
  const keyPem = pem(user, 'client-key');
  if (certificatePem !== undefined && keyPem !== undefined) return { certificate: { certificatePem, keyPem } };
  throw refused('the user of the kubeconfig has neither a token nor a client certificate with its key');
}

function entry(config: Fields, list: string, kind: string, name: string): Fields {
  const entries = config[list];
  const found = Array.isArray(entries) ? entries.map(fieldsOf).find((one) => one['name'] === name) : undefined;
  if (found === undefined) throw refused(`the kubeconfig has no ${kind} ${JSON.stringify(name)}`);
  return fieldsOf(found[kind]);
}

function refuseFields(fields: Fields, reasons: Readonly<Record<string, string>>, what: string): void {
  for (const [name, reason] of Object.entries(reasons)) {
    const value = fields[name];
    if (value === undefined || value === null || value === false || value === '') continue;
    throw refused(`the ${what} of the kubeconfig ${reason} (${name}), which the agent never does`);
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw refused(`${what} can't be read: ${faultOf(cause)}`, cause);
  }
}

function refused(message: string, cause?: unknown): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_KUBECONFIG',
    message,
    cause,
    nextStep: 'Make a kubeconfig with the CA of the cluster and a token of the service account of the agent.',
  });
}
