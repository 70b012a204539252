import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuiltInRoleName } from '@sallyport/authz';
import { Secret } from '@sallyport/core';
import type { LoginLimits } from './authn/authn.ts';
import type { LockOutLimits } from './authn/local/lock-out.ts';
import { type AuditConfig, auditOf } from './config-audit.ts';
import { addressSchema, type FileConfig, readConfigFile } from './config-file.ts';
import { limitsOf } from './config-logins.ts';
import { type NotificationConfig, notificationsOf } from './config-notifications.ts';
import { recordingsOf } from './config-recordings.ts';
import { terminalsOf } from './config-terminals.ts';
import { ServerError } from './errors.ts';
import { LOOPBACK_NETWORKS } from './network/outbound-guard.ts';
import type { RecordingsConfig } from './recordings/blob-stores.ts';
import type { SignerTarget } from './signer/signer-client.ts';
import type { KeyKind } from './stores/key-contracts.ts';
import type { TracingConfig } from './tracing/export-traces.ts';
import type { TerminalConfig } from './web-kubectl/engine.ts';

/** Everything a server is told, checked and filled in. */
export interface ServerConfig {
  /** `production` refuses the development provider and demands an encryption key of its own. */
  readonly mode: 'development' | 'production';
  readonly listen: { readonly host: string; readonly port: number };
  /** How people, kubectl and agents reach this server. Default: `https://<listen>`. */
  readonly publicUrl?: string;
  /** A port of their own for agents, beside the shared one. */
  readonly agentListen?: { readonly host: string; readonly port: number };
  /** A port of their own for other servers on the same database, beside the shared one. */
  readonly peerListen?: { readonly host: string; readonly port: number };
  /** Where other servers on the same database reach this one, `host:port`. Absent: as `peerAddressOf` finds it. */
  readonly peerAddress?: string;
  /** Where `/metrics` is served, in plain HTTP. Absent: nowhere. */
  readonly metricsListen?: { readonly host: string; readonly port: number };
  /** Where traces of requests go. Absent: nowhere. */
  readonly tracing?: TracingConfig;
  /** Processes that share the ports, each of them a server on the database. Heeded by `runServer`. Absent: one. */
  readonly workers?: number;
  /** How long a server that is told to stop lets requests go on, in milliseconds. Absent: 5,000. */
  readonly drainTimeoutMs?: number;
  /** TLS server name that leads to the agent gateway on the shared port. */
  readonly agentServerName: string;
  /** TLS server name under which client certificates are asked for and taken. Absent: as `SERVER_DEFAULTS` says. */
  readonly certificateServerName?: string;
  /** Domain of per-cluster host names. */
  readonly kubeHostDomain?: string;
  /** Folder of the embedded database, the audit spool and generated keys. */
  readonly stateDir: string;
  /** Folder of what terminals keep while they are open. Absent: `terminals` in `stateDir`. */
  readonly terminalsDir?: string;
  /** Folder in which this server notes what it has seen of its database. Absent: `past` in `stateDir`. */
  readonly pastDir?: string;
  /** PostgreSQL; absent: the embedded database in `stateDir`. */
  readonly databaseUrl?: Secret;
  /** PostgreSQL itself, where `databaseUrl` leads to a pooler that lends connections for one transaction at a time. */
  readonly databaseDirectUrl?: Secret;
  /** 32 bytes under which secrets at rest are encrypted. */
  readonly encryptionKey: Secret<Buffer>;
  /** Former encryption keys: what is still encrypted under them can be read, and is encrypted anew at start. */
  readonly formerEncryptionKeys?: readonly Secret<Buffer>[];
  /** Time between rotations of a purpose's keys, in milliseconds; `undefined` for by command only. Absent: as `KEY_POLICIES` says. */
  readonly keyRotation?: Readonly<Partial<Record<KeyKind, number | undefined>>>;
  /** The process that holds the capability keys; absent: this one does, in its database. */
  readonly signer?: SignerTarget;
  /**
   * Networks (CIDR) of this machine or of private networks where the issuers of identity providers and workloads may be; all
   * others there are not called. Absent: none in production mode, loopback in development mode.
   */
  readonly allowedIssuerAddresses?: readonly string[];
  /** How notifications leave the server. */
  readonly notifications?: NotificationConfig;
  /** How audit events leave the server. Absent: to the database alone, and to the sinks of organizations. */
  readonly audit?: AuditConfig;
  /** Where recordings of terminals go. */
  readonly recordings?: RecordingsConfig;
  /** How terminals in the browser run. Absent: there are none, since nobody said where kubectl is. */
  readonly terminals?: TerminalConfig;
  /** How long logins live. Absent fields: as `LoginLimits` says. */
  readonly logins?: LoginLimits;
  /** When local users are locked out. Absent fields: as `LOCK_OUT_DEFAULTS` says. */
  readonly lockOut?: LockOutLimits;
  /** Certificate of the public host; absent: one under the server's own CA. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string };
  /** Name of the first organization. */
  readonly organization: string;
  readonly identityProviders: readonly IdentityProviderConfig[];
  readonly bindings: readonly BindingConfig[];
  /** Users of the embedded development provider; absent or empty: it is off. */
  readonly developmentUsers: readonly DevelopmentUserConfig[];
}

/** An OIDC provider that is set up at start. */
export interface IdentityProviderConfig {
  readonly name: string;
  readonly displayName: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  readonly oauthScopes: readonly string[];
  readonly userNameClaim: string;
  readonly groupsClaim: string;
  /** Where groups come from: the provider's claims, or SCIM alone. Default `claims`. */
  readonly groupsSource?: 'claims' | 'scim';
}

/** A standing binding of a built-in role, on the whole organization (`installation-admin`: on the installation), set up at start. */
export interface BindingConfig {
  readonly role: BuiltInRoleName;
  /** Name of the identity provider that states the group. */
  readonly identityProvider: string;
  readonly group: string;
}

/** A person of the embedded development provider. */
export interface DevelopmentUserConfig {
  readonly email: string;
  readonly name: string;
  readonly password: Secret;
  readonly groups: readonly string[];
}

/** Where {@link loadServerConfig} reads from. Flags win over the environment, that over the file, that over defaults. */
export interface ServerConfigSources {
  /** Path of a YAML file. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: { readonly listen?: string; readonly publicUrl?: string; readonly stateDir?: string };
}

/** Name of the development provider as an identity provider. */
export const DEVELOPMENT_PROVIDER_NAME = 'development';

/** Defaults of {@link ServerConfig}. */
export const SERVER_DEFAULTS = {
  mode: 'production',
  listen: '127.0.0.1:7443',
  stateDir: '/var/lib/sallyport',
  agentServerName: 'agents.sallyport.internal',
  certificateServerName: 'certificates.sallyport.internal',
  organization: 'default',
} as const;

/**
 * Reads, merges and checks a server's configuration.
 * @throws ServerError `ERR_CONFIG_INVALID` with every problem at once
 */
export function loadServerConfig(sources: ServerConfigSources): ServerConfig {
  const problems: string[] = [];
  const { env, flags = {} } = sources;
  const file = readConfigFile(sources.file, problems);
  const secretFile = (path: string | undefined, what: string): Secret | undefined => {
    if (path === undefined) return undefined;
    try {
      return new Secret(readFileSync(path, 'utf8').trim());
    } catch (error) {
      problems.push(`${what}: can't read ${path} (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  };

  const mode = env['SALLYPORT_MODE'] ?? file.mode ?? SERVER_DEFAULTS.mode;
  if (mode !== 'development' && mode !== 'production')
    problems.push(`SALLYPORT_MODE: must be development or production`);
  const stateDir = flags.stateDir ?? env['SALLYPORT_STATE_DIR'] ?? file.stateDir ?? SERVER_DEFAULTS.stateDir;
  const listen = flags.listen ?? env['SALLYPORT_LISTEN'] ?? file.listen ?? SERVER_DEFAULTS.listen;
  if (!addressSchema.safeParse(listen).success) problems.push(`listen: ${JSON.stringify(listen)} must be host:port`);
  const publicUrl = flags.publicUrl ?? env['SALLYPORT_PUBLIC_URL'] ?? file.publicUrl;
  const databaseUrl = env['SALLYPORT_DATABASE_URL']
    ? new Secret(env['SALLYPORT_DATABASE_URL'])
    : secretFile(file.databaseUrlFile, 'databaseUrlFile');
  const databaseDirectUrl = env['SALLYPORT_DATABASE_DIRECT_URL']
    ? new Secret(env['SALLYPORT_DATABASE_DIRECT_URL'])
    : secretFile(file.databaseDirectUrlFile, 'databaseDirectUrlFile');
  if (databaseDirectUrl !== undefined && databaseUrl === undefined) {
    problems.push('databaseDirectUrlFile: stands beside databaseUrlFile, which is not set');
  }
  const keyText = env['SALLYPORT_ENCRYPTION_KEY']
    ? new Secret(env['SALLYPORT_ENCRYPTION_KEY'])
    : secretFile(file.encryptionKeyFile, 'encryptionKeyFile');
  const [encryptionKey, ...formerEncryptionKeys] = keyText
    ? decodeKeys(keyText, problems)
    : defaultKey(mode, stateDir, problems);
  const recordings = recordingsOf(file.recordings ?? {}, {
    readSecret: secretFile,
    problems,
  });
  const certPem = secretFile(file.tls?.certFile, 'tls.certFile')?.reveal();
  const keyPem = secretFile(file.tls?.keyFile, 'tls.keyFile')?.reveal();
  const providerNames = new Set(file.identityProviders.map((provider) => provider.name));
  if (file.developmentUsers.length > 0) providerNames.add(DEVELOPMENT_PROVIDER_NAME);
  for (const [i, binding] of file.bindings.entries()) {
    if (!providerNames.has(binding.identityProvider)) {
      problems.push(`bindings[${i}].identityProvider: there is no identity provider "${binding.identityProvider}"`);
    }
  }
  const peerAddress = env['SALLYPORT_PEER_ADDRESS'] ?? file.peers?.address;
  if (peerAddress !== undefined && !addressSchema.safeParse(peerAddress).success) {
    problems.push(`peers.address: ${JSON.stringify(peerAddress)} must be host:port`);
  }
  const workers = workersOf(env['SALLYPORT_WORKERS'] ?? file.workers, databaseUrl !== undefined, problems);
  if (workers > 1 && peerAddress !== undefined && file.peers?.listen === undefined) {
    problems.push(
      'peers.listen: must be set beside peers.address where there are workers, which take a port each from there on',
    );
  }
  const agentServerName = file.agents?.serverName ?? SERVER_DEFAULTS.agentServerName;
  const certificateServerName = file.kube?.certificateServerName;
  if (certificateServerName === agentServerName) {
    problems.push(`kube.certificateServerName: ${agentServerName} leads to the agent gateway (agents.serverName)`);
  }
  if (mode === 'production' && file.developmentUsers.length > 0) {
    problems.push('developmentUsers: the development provider does not run in production mode');
  }
  const identityProviders = file.identityProviders.map(({ clientSecretFile, displayName, ...provider }, i) => {
    const clientSecret = secretFile(clientSecretFile, `identityProviders[${i}].clientSecretFile`);
    return { ...provider, displayName: displayName ?? provider.name, ...(clientSecret && { clientSecret }) };
  });
  const developmentUsers = file.developmentUsers.map(({ passwordFile, ...user }, i) => {
    const password = secretFile(passwordFile, `developmentUsers[${i}].passwordFile`);
    return { ...user, password: password ?? new Secret('') };
  });
  const signer = signerOf(file.signer, secretFile);
  const notifications = file.notifications && notificationsOf(file.notifications, secretFile);
  const tracing = file.tracing && tracingOf(file.tracing, secretFile);
  const audit = file.audit && auditOf(file.audit, secretFile);
  if (problems.length > 0 || encryptionKey === undefined) throw invalid(problems);
  return {
    mode: mode as ServerConfig['mode'],
    listen: parseAddress(listen),
    ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/+$/, '') }),
    ...(file.agents?.listen !== undefined && { agentListen: parseAddress(file.agents.listen) }),
    ...(file.peers?.listen !== undefined && { peerListen: parseAddress(file.peers.listen) }),
    ...(peerAddress !== undefined && { peerAddress }),
    ...(file.metrics && { metricsListen: parseAddress(file.metrics.listen) }),
    ...(tracing && { tracing }),
    ...(workers > 1 && { workers }),
    ...(file.drainTimeout !== undefined && { drainTimeoutMs: file.drainTimeout }),
    agentServerName,
    ...(certificateServerName !== undefined && { certificateServerName }),
    ...(file.kube?.hostDomain !== undefined && { kubeHostDomain: file.kube.hostDomain }),
    stateDir,
    ...(databaseUrl && { databaseUrl }),
    ...(databaseDirectUrl && { databaseDirectUrl }),
    encryptionKey,
    formerEncryptionKeys,
    keyRotation: file.keyRotation,
    ...(file.logins && limitsOf(file.logins)),
    ...(file.allowedIssuerAddresses && { allowedIssuerAddresses: file.allowedIssuerAddresses }),
    ...(notifications && { notifications }),
    ...(audit && { audit }),
    recordings,
    terminals: terminalsOf(file.terminals ?? {}, env['PATH']),
    ...(signer && { signer }),
    ...(certPem !== undefined && keyPem !== undefined && { tls: { certPem, keyPem } }),
    organization: file.organization ?? SERVER_DEFAULTS.organization,
    identityProviders,
    bindings: file.bindings,
    developmentUsers,
  };
}

/**
 * A development server's configuration with everything but the state folder left to defaults: a free port on loopback, an
 * encryption key of its own in the state folder.
 */
export function developmentConfig(overrides: Partial<ServerConfig> & Pick<ServerConfig, 'stateDir'>): ServerConfig {
  return {
    mode: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    agentServerName: SERVER_DEFAULTS.agentServerName,
    organization: SERVER_DEFAULTS.organization,
    identityProviders: [],
    bindings: [],
    developmentUsers: [],
    allowedIssuerAddresses: LOOPBACK_NETWORKS,
    ...overrides,
    encryptionKey: overrides.encryptionKey ?? developmentEncryptionKey(overrides.stateDir),
  };
}

/**
 * The encryption key that a development server keeps in its state folder, made at the first start.
 */
export function developmentEncryptionKey(stateDir: string): Secret<Buffer> {
  const path = join(stateDir, 'encryption.key');
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return new Secret(Buffer.from(readFileSync(path, 'utf8').trim(), 'base64'));
}

function signerOf(
  file: FileConfig['signer'],
  read: (path: string, what: string) => Secret | undefined,
): SignerTarget | undefined {
  if (file === undefined) return undefined;
  if ('socket' in file) return { kind: 'unix', path: file.socket };
  const pem = (key: 'certFile' | 'keyFile' | 'caFile') => read(file[key], `signer.${key}`)?.reveal() ?? '';
  const tls = { certPem: pem('certFile'), keyPem: pem('keyFile'), caPem: pem('caFile') };
  return { kind: 'tcp', ...parseAddress(file.address), tls };
}

/** Reads the current key and then former ones, apart by white space or commas. */
export function decodeKeys(text: Secret, problems: string[]): Secret<Buffer>[] {
  const keys = text
    .reveal()
    .split(/[\s,]+/)
    .map((one) => Buffer.from(one, 'base64'));
  for (const [i, { length }] of keys.entries()) {
    if (length === 32) continue;
    const which = keys.length === 1 ? '' : ` ${i + 1}`;
    problems.push(`encryption key${which}: is ${length} bytes, must be 32 in base64 (openssl rand -base64 32)`);
  }
  return keys.map((key) => new Secret(key));
}

function tracingOf(
  { endpoint, sampleRatio, authorizationFile }: NonNullable<FileConfig['tracing']>,
  read: (path: string | undefined, what: string) => Secret | undefined,
): TracingConfig {
  const authorization = read(authorizationFile, 'tracing.authorizationFile');
  return { endpoint, sampleRatio, ...(authorization && { authorization }) };
}

const MAX_WORKERS = 64;

/** How many processes there are to be: as many as this machine has cores for `auto`, and one with an embedded database then. */
function workersOf(asked: string | number | undefined, hasPostgres: boolean, problems: string[]): number {
  if (asked === undefined) return 1;
  if (asked === 'auto') return hasPostgres ? Math.min(availableParallelism(), MAX_WORKERS) : 1;
  const count = Number(asked);
  if (!Number.isInteger(count) || count < 1 || count > MAX_WORKERS) {
    problems.push(`workers: must be auto, or a number from 1 to ${MAX_WORKERS}`);
    return 1;
  }
  if (count > 1 && !hasPostgres) problems.push('workers: more than one needs PostgreSQL (databaseUrlFile)');
  return count;
}

function defaultKey(mode: string, stateDir: string, problems: string[]): Secret<Buffer>[] {
  if (mode === 'development') return [developmentEncryptionKey(stateDir)];
  problems.push('encryptionKeyFile: production mode needs an encryption key (openssl rand -base64 32)');
  return [];
}

/** Splits `host:port` that `addressSchema` took. */
export function parseAddress(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

function invalid(problems: readonly string[]): ServerError {
  return new ServerError({
    code: 'ERR_CONFIG_INVALID',
    message: `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}: ${problems.join('; ')}`,
    nextStep: 'Correct them and start again; docs/configuration.md lists every key.',
  });
}
