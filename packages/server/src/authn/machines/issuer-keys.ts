import type { Clock, Logger } from '@sallyport/core';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import type { CustomFetch } from 'openid-client';
import { addressRefusalIn } from '../../network/outbound-guard.ts';
import { MachineError } from './errors.ts';

type Key = Awaited<ReturnType<ReturnType<typeof createLocalJWKSet>>>;

/** Where the keys of workload issuers come from. */
export interface IssuerKeys {
  /**
   * The key that a token's header names. Keys come from the issuer's discovery document; the ones at hand are read again when
   * they are old, and once per cool-down when a key id is unknown.
   * @throws MachineError `ERR_WORKLOAD_ISSUER_UNREACHABLE`
   * @throws jose's errors when the issuer has no such key
   */
  find(issuer: string, header: JWSHeaderParameters): Promise<Key>;
}

/** What {@link createIssuerKeys} needs. */
export interface IssuerKeysOptions {
  readonly fetch: CustomFetch;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Plain HTTP is taken from loopback issuers in development mode only. */
  readonly mode: 'development' | 'production';
}

/** How long keys are used before they are read again, in milliseconds: how long a withdrawn key may still verify. */
export const ISSUER_KEYS_MAX_AGE_MS = 300_000;
/** Shortest time between two readings for the sake of an unknown key id, in milliseconds. */
export const ISSUER_KEYS_COOLDOWN_MS = 60_000;
/** How soon an issuer that could not be read is asked again, in milliseconds. */
export const ISSUER_KEYS_RETRY_MS = 5_000;
/** Most issuers whose keys are held; beyond, the one read first is dropped. */
export const MAX_REMEMBERED_ISSUERS = 1_000;

interface Held {
  readonly readAtMs: number;
  readonly keys: Promise<ReturnType<typeof createLocalJWKSet>>;
}

/** Creates the keys of workload issuers. Reads nothing before it is asked. */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { clock, logger } = options;
  const held = new Map<string, Held>();

  /** The keys at hand, or new ones when those are older than `maxAgeMs`. Whoever comes meanwhile shares the reading. */
  function keysOf(issuer: string, maxAgeMs: number): Held {
    const known = held.get(issuer);
    if (known !== undefined && clock.monotonicMs() - known.readAtMs < maxAgeMs) return known;
    const next: Held = { readAtMs: clock.monotonicMs(), keys: readKeys(issuer, options) };
    next.keys.catch((err) => logger.warn({ err, issuer }, 'the keys of a workload issuer can not be read'));
    held.delete(issuer);
    if (held.size >= MAX_REMEMBERED_ISSUERS) held.delete(held.keys().next().value as string);
    held.set(issuer, next);
    return next;
  }

  async function current(issuer: string): Promise<Held> {
    const entry = keysOf(issuer, ISSUER_KEYS_MAX_AGE_MS);
    try {
      await entry.keys;
      return entry;
    } catch {
      // The issuer was away; it is asked again soon, but not at every request.
      return keysOf(issuer, ISSUER_KEYS_RETRY_MS);
    }
  }

  return {
    async find(issuer, header) {
      const entry = await current(issuer);
      const find = await entry.keys;
      try {
        return await find(header);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        const newer = keysOf(issuer, ISSUER_KEYS_COOLDOWN_MS);
        if (newer === entry) throw error;
        return (await newer.keys)(header);
      }
    },
  };
}

async function readKeys(issuer: string, options: IssuerKeysOptions) {
  try {
    const metadata = await readJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, options);
    if (metadata['issuer'] !== issuer) throw new Error('the discovery document is of another issuer');
    if (typeof metadata['jwks_uri'] !== 'string') throw new Error('the discovery document names no keys');
    return createLocalJWKSet((await readJson(metadata['jwks_uri'], options)) as unknown as JSONWebKeySet);
  } catch (error) {
    const refusal = addressRefusalIn(error);
    throw new MachineError({
      code: 'ERR_WORKLOAD_ISSUER_UNREACHABLE',
      message: `the keys of the workload issuer ${JSON.stringify(issuer)} can not be read`,
      nextStep:
        refusal?.nextStep ?? 'Check the address and certificate of the issuer, or give its keys in `spec.jwks`.',
      cause: error,
    });
  }
}

async function readJson(address: string, { fetch, mode }: IssuerKeysOptions): Promise<Record<string, unknown>> {
  const url = new URL(address);
  if (url.protocol !== 'https:' && (mode !== 'development' || !isLoopback(url.hostname))) {
    throw new Error(`${url.origin} is not https`);
  }
  const response = await fetch(url.href, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
  });
  if (response.status !== 200) throw new Error(`${url.origin} answered ${response.status}`);
  const value: unknown = await response.json();
  if (typeof value !== 'object' || value === null) throw new Error(`${url.origin} did not answer with a JSON object`);
  return value as Record<string, unknown>;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
