import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createCertificateAuthority, issueClientCertificate, issueServerCertificate } from '../pki/authority.ts';
import { SignerError } from './errors.ts';

/** Options of {@link initSigner}. */
export interface InitSignerOptions {
  /** Folder for everything, made (mode 0700) when it is missing. */
  readonly folder: string;
  /** A Unix socket, or an address with mutual TLS. */
  readonly where: { readonly socket: string } | { readonly host: string; readonly port: number };
  readonly at: Date;
}

/** What {@link initSigner} wrote. */
export interface InitialisedSigner {
  /** For `sallyport signer start`. */
  readonly configFile: string;
  /** What the server's configuration gets, YAML. */
  readonly serverConfig: string;
  /** Folder with the certificates that the server needs; absent for a socket. */
  readonly serverFolder?: string;
}

/** Ten years: the two ends pin one another's authority, whose key is not kept. Set up again to replace it. */
const LINK_LIFETIME_MS = 10 * 365 * 24 * 60 * 60_000;

/**
 * Sets up a signer: its configuration, its encryption key and, unless it listens on a socket, certificates for both ends.
 * The keys that sign are made at its first start.
 * @throws SignerError `ERR_SIGNER_EXISTS`
 */
export async function initSigner({ folder, where, at }: InitSignerOptions): Promise<InitialisedSigner> {
  const configFile = join(folder, 'signer.yaml');
  const write = (path: string, text: string) => writeFile(path, text, { mode: 0o600, flag: 'wx' });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const encryptionKeyFile = join(folder, 'encryption.key');
  try {
    await write(encryptionKeyFile, `${randomBytes(32).toString('base64')}\n`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new SignerError({
      code: 'ERR_SIGNER_EXISTS',
      message: `there is a signer in ${folder} already`,
      cause,
      nextStep: 'Choose an empty folder.',
    });
  }
  const common = { stateDir: join(folder, 'state'), encryptionKeyFile };
  if ('socket' in where) {
    await write(configFile, stringify({ socket: where.socket, ...common }));
    return { configFile, serverConfig: stringify({ signer: { socket: where.socket } }) };
  }

  const { host, port } = where;
  const life = { at, lifetimeMs: LINK_LIFETIME_MS };
  const signerCa = await createCertificateAuthority({ commonName: 'Sallyport signer', usage: 'serverAuth', at });
  const clientCa = await createCertificateAuthority({
    commonName: 'Sallyport signer clients',
    usage: 'clientAuth',
    at,
  });
  const signer = await issueServerCertificate(signerCa, { hostNames: [host], ...life });
  const client = await issueClientCertificate(clientCa, { commonName: 'Sallyport server', ...life });

  const tlsFolder = join(folder, 'tls');
  const serverFolder = join(folder, 'for-the-server');
  for (const made of [tlsFolder, serverFolder]) await mkdir(made, { mode: 0o700 });
  const tls = {
    certFile: join(tlsFolder, 'signer.crt'),
    keyFile: join(tlsFolder, 'signer.key'),
    clientCaFile: join(tlsFolder, 'clients-ca.crt'),
  };
  await write(tls.certFile, signer.certificatePem);
  await write(tls.keyFile, signer.privateKeyPem.reveal());
  await write(tls.clientCaFile, clientCa.certificatePem);
  const own = {
    certFile: join(serverFolder, 'server.crt'),
    keyFile: join(serverFolder, 'server.key'),
    caFile: join(serverFolder, 'signer-ca.crt'),
  };
  await write(own.certFile, client.certificatePem);
  await write(own.keyFile, client.privateKeyPem.reveal());
  await write(own.caFile, signerCa.certificatePem);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  await write(configFile, stringify({ listen: address, tls, ...common }));
  return { configFile, serverFolder, serverConfig: stringify({ signer: { address, ...own } }) };
}
