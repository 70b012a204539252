import { readFileSync } from 'node:fs';
import { Secret } from '@sallyport/core';
import type { ActionClass } from '@sallyport/core/credentials';
import { z } from 'zod';
import { decodeKeys, parseAddress } from '../config.ts';
import { addressSchema, readYamlFile, rotation } from '../config-file.ts';
import { ServerError } from '../errors.ts';
import type { SignerAddress } from './listen.ts';
import type { RateLimitOptions } from './rate-limit.ts';
import { DEFAULT_SIGNER_RULES, type SignerRules } from './rules.ts';
import type { LogSync } from './signing-log.ts';

/** Everything a signer is told, checked and filled in. */
export interface SignerConfig {
  readonly address: SignerAddress;
  /** Folder of the key file and the log. */
  readonly stateDir: string;
  /** 32 bytes under which the private keys are encrypted. */
  readonly encryptionKey: Secret<Buffer>;
  readonly rules: SignerRules;
  readonly rate: RateLimitOptions;
  readonly logSync: LogSync;
  /** Time between rotations, in milliseconds; `undefined` for by command only; absent: 90 days. */
  readonly rotation?: { readonly lifetimeMs: number | undefined };
}

/** Defaults of {@link SignerConfig}. */
export const SIGNER_DEFAULTS = {
  stateDir: '/var/lib/sallyport-signer',
  /** Far above what 1,000 people at work need: each is asked for twice a minute per cluster and class. */
  rate: { perSecond: 200, burst: 1_000 },
  logSync: 'interval',
} as const satisfies Partial<SignerConfig>;

const ACTIONS = ['read', 'write', 'connect'] as const satisfies readonly ActionClass[];
const rule = { groups: z.array(z.string()).optional(), actions: z.array(z.enum(ACTIONS)).optional() };

const fileSchema = z.strictObject({
  listen: addressSchema.optional(),
  tls: z.strictObject({ certFile: z.string(), keyFile: z.string(), clientCaFile: z.string() }).optional(),
  socket: z.string().optional(),
  stateDir: z.string().optional(),
  encryptionKeyFile: z.string().optional(),
  ...rule,
  extraKeys: z.array(z.string()).optional(),
  clusters: z.record(z.string().regex(/^clu_/, 'must be the id of a cluster'), z.strictObject(rule)).optional(),
  rate: z.strictObject({ perSecond: z.number().positive(), burst: z.number().int().positive() }).optional(),
  log: z.strictObject({ sync: z.enum(['interval', 'always']) }).optional(),
  keyRotation: rotation,
});

/**
 * Reads and checks a signer's configuration: a YAML file, and the encryption key from the environment
 * (`SALLYPORT_SIGNER_ENCRYPTION_KEY`) or a file.
 * @throws ServerError `ERR_CONFIG_INVALID` with every problem at once
 */
export function loadSignerConfig(sources: {
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): SignerConfig {
  const problems: string[] = [];
  const file = readYamlFile(sources.file, fileSchema, problems);
  const read = (path: string | undefined, what: string): string => {
    if (path === undefined) return '';
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      problems.push(`${what}: can't read ${path} (${(error as NodeJS.ErrnoException).code})`);
      return '';
    }
  };
  const keyText = sources.env['SALLYPORT_SIGNER_ENCRYPTION_KEY'] ?? read(file.encryptionKeyFile, 'encryptionKeyFile');
  const [encryptionKey] = keyText.trim() === '' ? [] : decodeKeys(new Secret(keyText.trim()), problems);
  if (keyText.trim() === '') {
    problems.push('encryptionKeyFile: a signer needs an encryption key (openssl rand -base64 32)');
  }
  const address = addressOf(file, read, problems);
  if (problems.length > 0 || encryptionKey === undefined || address === undefined) throw invalid(problems);
  return {
    address,
    stateDir: file.stateDir ?? SIGNER_DEFAULTS.stateDir,
    encryptionKey,
    rules: {
      groups: file.groups ?? DEFAULT_SIGNER_RULES.groups,
      actions: file.actions ?? DEFAULT_SIGNER_RULES.actions,
      extraKeys: file.extraKeys ?? DEFAULT_SIGNER_RULES.extraKeys,
      ...(file.clusters && { clusters: new Map(Object.entries(file.clusters).map(([id, own]) => [id, given(own)])) }),
    },
    rate: file.rate ?? SIGNER_DEFAULTS.rate,
    logSync: file.log?.sync ?? SIGNER_DEFAULTS.logSync,
    ...('keyRotation' in file && { rotation: { lifetimeMs: file.keyRotation } }),
  };
}

function addressOf(
  { listen, socket, tls }: z.infer<typeof fileSchema>,
  read: (path: string | undefined, what: string) => string,
  problems: string[],
): SignerAddress | undefined {
  if (socket !== undefined && listen === undefined) return { kind: 'unix', path: socket };
  if (listen === undefined || socket !== undefined || tls === undefined) {
    problems.push('a signer listens either on a socket, or at listen with tls');
    return undefined;
  }
  return {
    kind: 'tcp',
    ...parseAddress(listen),
    tls: {
      certPem: read(tls.certFile, 'tls.certFile'),
      keyPem: read(tls.keyFile, 'tls.keyFile'),
      clientCaPem: read(tls.clientCaFile, 'tls.clientCaFile'),
    },
  };
}

/** Without the members that are `undefined`, so that they do not stand for "none". */
function given(own: { readonly groups?: string[] | undefined; readonly actions?: ActionClass[] | undefined }) {
  return { ...(own.groups && { groups: own.groups }), ...(own.actions && { actions: own.actions }) };
}

function invalid(problems: readonly string[]): ServerError {
  return new ServerError({
    code: 'ERR_CONFIG_INVALID',
    message: `the configuration of the signer has ${problems.length} problem${problems.length === 1 ? '' : 's'}: ${problems.join('; ')}`,
    nextStep: 'Correct them and start again; docs/signer.md lists every key.',
  });
}
