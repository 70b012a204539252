import { parseYaml } from '@sallyport/core/yaml';
import { CliError } from '../errors.ts';

/** How a kubeconfig reaches its current cluster, reduced to what is written in the file itself. */
export interface ClusterAccess {
  readonly url: string;
  /** CA of the cluster: the agent trusts no other. */
  readonly caPem: string;
  /** Name that the certificate is checked against, when it is not the host of `url`. */
  readonly serverName?: string;
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
  readonly token?: string;
}

interface NamedEntry {
  readonly name?: unknown;
  readonly [kind: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

// What would make us run, dial or read something that the file chooses, or trust whoever answers.
const REFUSED: Readonly<Record<string, string>> = {
  exec: 'runs a program',
  'auth-provider': 'runs a program',
  'proxy-url': 'dials a proxy',
  'insecure-skip-tls-verify': 'switches certificate checks off',
  'certificate-authority': 'refers to another file',
  'client-certificate': 'refers to another file',
  'client-key': 'refers to another file',
  tokenFile: 'refers to another file',
};

/**
 * Reads the current context of a kubeconfig. Nothing in the file is executed, dialled or followed: an entry that would is
 * refused by its name.
 * @throws CliError `ERR_DEMO_KUBECONFIG`
 */
export function parseClusterAccess(text: string, file: string): ClusterAccess {
  const document = parseDocument(text, file);
  const context = entry(document, 'contexts', 'context', document['current-context'], file);
  const cluster = entry(document, 'clusters', 'cluster', context['cluster'], file);
  const user = entry(document, 'users', 'user', context['user'], file);
  for (const [field, effect] of Object.entries(REFUSED)) {
    if (cluster[field] || user[field]) throw refused(file, `has the field ${field}, which ${effect}`);
  }
  const url = cluster['server'];
  if (typeof url !== 'string' || !URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw refused(file, `names no https server for the cluster ${JSON.stringify(context['cluster'])}`);
  }
  const caPem = pemOf(cluster, 'certificate-authority-data', file);
  if (caPem === undefined) throw refused(file, 'holds no certificate-authority-data');
  const certificatePem = pemOf(user, 'client-certificate-data', file);
  const keyPem = pemOf(user, 'client-key-data', file);
  const token = user['token'];
  const hasToken = typeof token === 'string' && token !== '';
  if (!hasToken && (certificatePem === undefined || keyPem === undefined)) {
    throw refused(file, 'holds neither a client certificate with its key nor a token');
  }
  const serverName = cluster['tls-server-name'];
  return {
    url: url.replace(/\/+$/, ''),
    caPem,
    ...(typeof serverName === 'string' && { serverName }),
    ...(certificatePem !== undefined && keyPem !== undefined && { certificate: { certificatePem, keyPem } }),
    ...(hasToken && { token }),
  };
}

function parseDocument(text: string, file: string): Fields {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw refused(file, 'is not YAML', error);
  }
  if (!isFields(document) || document['kind'] !== 'Config') throw refused(file, 'is not a kubeconfig (kind: Config)');
  return document;
}

function entry(document: Fields, list: string, kind: string, name: unknown, file: string): Fields {
  const entries = document[list];
  const found = Array.isArray(entries)
    ? (entries as NamedEntry[]).find((it) => isFields(it) && it.name === name)
    : undefined;
  const fields = found?.[kind];
  if (typeof name === 'string' && name !== '' && isFields(fields)) return fields;
  throw refused(
    file,
    typeof name === 'string' && name !== '' ? `has no ${kind} ${JSON.stringify(name)}` : `names no current ${kind}`,
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pemOf(fields: Fields, field: string, file: string): string | undefined {
  const data = fields[field];
  if (data === undefined || data === '') return undefined;
  const pem = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
  if (pem.includes('-----BEGIN ')) return pem;
  throw refused(file, `holds no PEM in ${field}`);
}

function refused(file: string, problem: string, cause?: unknown): CliError {
  return new CliError({
    code: 'ERR_DEMO_KUBECONFIG',
    message: `the kubeconfig ${file} ${problem}`,
    cause,
    nextStep:
      'Give a kubeconfig that holds everything itself, as "kubectl config view --minify --flatten --raw" writes it, with a client certificate or a token.',
  });
}
