import { X509Certificate } from 'node:crypto';
import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, isIP } from 'node:net';
import { join } from 'node:path';
import { isId, silentLogger, systemClock } from '@sallyport/core';
import { createProviderFetch } from '../authn/provider-fetch.ts';
import type { ServerConfig } from '../config.ts';
import { ServerError } from '../errors.ts';
import { LOOPBACK_NETWORKS } from '../network/outbound-guard.ts';
import { bindListener } from '../node/listener.ts';
import { createSignerClient } from '../signer/signer-client.ts';
import { type Found, failed, ok, skipped } from './check.ts';

const MIB = 1_048_576;
const DEFAULT_SPOOL_BYTES = 1_024 * MIB;
const ANSWER_TIMEOUT_MS = 5_000;
/** A certificate that ends sooner needs somebody now. */
const MIN_CERTIFICATE_MS = 14 * 86_400_000;

/** Whether the state folder is there for this user alone, and what holds it. */
export async function checkStateFolder({ stateDir, databaseUrl }: ServerConfig): Promise<Found> {
  const facts = await stat(stateDir).catch(() => undefined);
  if (facts === undefined) return ok(`${stateDir} is made at the first start`);
  if (!facts.isDirectory()) return failed(`${stateDir} is no folder`, 'Point stateDir to a folder.');
  const isOurs = await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isOurs)
    return failed(`${stateDir} is not this user's`, 'Run this as the user of the server, and give it the folder.');
  if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
    return failed(
      `${stateDir} has mode ${(facts.mode & 0o777).toString(8)}, others may enter it`,
      `Run "chmod 700 ${stateDir}".`,
    );
  }
  return ok(databaseUrl === undefined ? `${stateDir}, with the embedded database` : stateDir);
}

/** Whether there is room for what has to be written before requests go on. */
export async function checkDisk({ stateDir, audit }: ServerConfig): Promise<Found> {
  const folder = await nearest(stateDir);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const wanted = audit?.maxSpoolBytes ?? DEFAULT_SPOOL_BYTES;
  const told = `${Math.floor(free / MIB)} MiB free in ${folder}`;
  if (free >= wanted) return ok(told);
  return failed(
    `${told}, the audit spool may take ${Math.floor(wanted / MIB)} MiB`,
    'Make room, or lower audit.spoolMegabytes.',
  );
}

async function nearest(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere ? folder : nearest(join(folder, '..'));
}

/** What servers left behind that did not end in order. */
export async function checkSpool({ stateDir }: ServerConfig, isServed: boolean): Promise<Found> {
  const root = join(stateDir, 'audit', 'spool');
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ServerError({
      code: 'ERR_CONFIG_INVALID',
      message: `${root} can't be read (${error.code})`,
      nextStep: 'Give the folder to the user of the server.',
    });
  });
  const left = names.filter((name) => isId('replica', name));
  if (left.length === 0) return ok('nothing is left in it');
  if (isServed) return ok(`${left.length} in use, or left by servers that were killed`);
  return failed(
    `audit events of ${left.length} servers that were killed are not in the database yet`,
    'Start the server: it drains them before it is ready.',
  );
}

/** A port of the configuration. */
export interface NamedPort {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Whether it answers HTTPS requests. */
  readonly isFront: boolean;
}

/** Ports that a server takes. */
export function portsOf(config: ServerConfig): readonly NamedPort[] {
  const { listen, agentListen, peerListen } = config;
  return [
    { name: 'listen', ...listen, isFront: true },
    ...(agentListen ? [{ name: 'agents.listen', ...agentListen, isFront: false }] : []),
    ...(peerListen ? [{ name: 'peers.listen', ...peerListen, isFront: false }] : []),
  ];
}

/** Whether ports are free, or a server of ours holds them; `isServed` says that one does. */
export async function checkPorts(config: ServerConfig): Promise<{ readonly found: Found; readonly isServed: boolean }> {
  const told: string[] = [];
  let isServed = false;
  for (const { name, host, port, isFront } of portsOf(config)) {
    if (port === 0) continue;
    const listener = await bindListener({ host, port, exclusive: true }).catch((error: unknown) => {
      if (error instanceof ServerError && error.code === 'ERR_LISTEN_PORT_TAKEN') return undefined;
      throw error;
    });
    if (listener !== undefined) {
      await listener.close();
      told.push(`${name} ${port} is free`);
      continue;
    }
    const isOurs = isFront ? await answersAsOurs(host, port) : isServed && (await takesConnections(host, port));
    if (!isOurs) {
      const nextStep = 'Stop that process, or choose another port.';
      return { found: failed(`${name} ${port} is taken by another process than a server of ours`, nextStep), isServed };
    }
    if (isFront) isServed = true;
    told.push(`${name} ${port} is held by a server of ours`);
  }
  return { found: told.length === 0 ? skipped('no port is fixed') : ok(told.join(', ')), isServed };
}

/** Whoever answers is only asked who it is, so its certificate matters nothing. */
function answersAsOurs(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: reachable(host),
        port,
        path: '/.well-known/sallyport',
        rejectUnauthorized: false,
        timeout: ANSWER_TIMEOUT_MS,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          if (text.length < MIB) text += chunk;
        });
        answer.on('end', () => resolve(answer.statusCode === 200 && text.includes('oauthIssuer')));
        answer.on('error', () => resolve(false));
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.on('close', () => resolve(false));
    asked.end();
  });
}

function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(host), port, timeout: ANSWER_TIMEOUT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}

const reachable = (host: string) => (host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** Whether the certificate of the public host is of that host, and lasts. */
export async function checkCertificate(config: ServerConfig, nowMs: number): Promise<Found> {
  if (config.publicUrl === undefined) return skipped('publicUrl is not set');
  if (config.tls === undefined) return checkOwnCa(config, nowMs);
  const { hostname } = new URL(config.publicUrl);
  const certificate = new X509Certificate(config.tls.certPem);
  const name = hostname.replace(/^\[|\]$/g, '');
  const covers = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  if (covers === undefined) {
    return failed(
      `the certificate is not for ${name}`,
      'Have tls.certFile name one whose names hold the host of publicUrl.',
    );
  }
  return lasts(certificate, nowMs, 'the certificate', 'Renew it, and restart the server.');
}

async function checkOwnCa({ stateDir }: ServerConfig, nowMs: number): Promise<Found> {
  const pem = await readFile(join(stateDir, 'ca.pem'), 'utf8').catch(() => undefined);
  if (pem === undefined) return ok('the server makes its own at the first start');
  return lasts(
    new X509Certificate(pem),
    nowMs,
    'the server’s own CA',
    'Run "sallyport server keys list", and see whether a server runs.',
  );
}

function lasts(certificate: X509Certificate, nowMs: number, what: string, nextStep: string): Found {
  const endsMs = Date.parse(certificate.validTo);
  const ends = new Date(endsMs).toISOString().slice(0, 10);
  if (Date.parse(certificate.validFrom) > nowMs) return failed(`${what} is not valid yet`, nextStep);
  if (endsMs - nowMs >= MIN_CERTIFICATE_MS) return ok(`${what} is good until ${ends}`);
  return failed(`${what} ${endsMs < nowMs ? 'ended' : 'ends'} on ${ends}`, nextStep);
}

/** Whether identity providers answer with their discovery documents. */
export async function checkProviders(config: ServerConfig, issuers: readonly string[]): Promise<Found> {
  const asked = [...new Set(issuers)];
  if (asked.length === 0) return skipped('there is none that is asked');
  const provider = createProviderFetch({
    allowedAddresses: config.allowedIssuerAddresses ?? (config.mode === 'development' ? LOOPBACK_NETWORKS : []),
  });
  try {
    const away = [];
    for (const issuer of asked) {
      const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
      const answer = await provider
        .fetch(url, { method: 'GET', headers: {}, body: null, redirect: 'manual' })
        .catch(() => undefined);
      const document = answer?.ok ? ((await answer.json().catch(() => undefined)) as { issuer?: unknown }) : undefined;
      if (document?.issuer !== issuer) away.push(issuer);
    }
    if (away.length === 0) return ok(`${asked.length} of ${asked.length} answer`);
    return failed(
      `no discovery document comes from ${away.join(', ')}`,
      'Check the issuer, the way there from this machine, and allowedIssuerAddresses for one in a private network.',
    );
  } finally {
    await provider.close();
  }
}

/** Whether the signer answers. */
export async function checkSigner({ signer }: ServerConfig): Promise<Found> {
  if (signer === undefined) return skipped('this server signs capabilities itself');
  const client = createSignerClient({ target: signer, clock: systemClock, logger: silentLogger });
  try {
    await client.asked;
    return ok(`it answers, with ${client.jwks().keys.length} keys`);
  } finally {
    client.close();
  }
}
