import type { Clock } from '@sallyport/core';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { assertTaken, type Outbound } from '../outbound.ts';

/** What a cloud of the Bot Framework signs with. */
export interface BotFrameworkKeys {
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** Finds the key of a token among those that are endorsed for Teams. */
  readonly find: JWTVerifyGetKey;
}

/** Reads the keys of a cloud, at the address of its OpenID metadata. @throws NotificationError */
export type ReadBotFrameworkKeys = (openIdUrl: string, keyId: string | undefined) => Promise<BotFrameworkKeys>;

/** How long keys are used before they are read again, in milliseconds: the Bot Framework asks for a day at the most. */
const MAX_AGE_MS = 12 * 60 * 60_000;
/** Shortest time between two readings for the sake of an unknown key id, in milliseconds. */
const COOLDOWN_MS = 60_000;
/** Most clouds whose keys are held. */
const MAX_HELD = 64;
const TEAMS = 'msteams';

const metadataSchema = z.object({ issuer: z.string().min(1).max(255), jwks_uri: z.url() });
const keysSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string().optional(), endorsements: z.array(z.string()).optional() })).max(256),
});

interface Held {
  readonly readAtMs: number;
  readonly keyIds: ReadonlySet<string | undefined>;
  readonly keys: BotFrameworkKeys;
}

/** Creates what reads the keys, and holds them. Of a key only those endorsed for Teams count. */
export function createBotFrameworkKeys(outbound: Outbound, clock: Clock): ReadBotFrameworkKeys {
  const held = new Map<string, Held>();
  const readings = new Map<string, Promise<Held>>();

  async function readJson<Answer extends z.ZodType>(url: string, schema: Answer): Promise<z.output<Answer>> {
    const answer = await outbound.send({ method: 'GET', url, headers: { accept: 'application/json' } });
    assertTaken(answer, 'the OpenID metadata of the Bot Framework');
    return schema.parse(JSON.parse(answer.text));
  }

  async function readNow(openIdUrl: string): Promise<Held> {
    const { issuer, jwks_uri } = await readJson(openIdUrl, metadataSchema);
    const { keys } = await readJson(jwks_uri, keysSchema);
    const endorsed = keys.filter(({ endorsements }) => endorsements?.includes(TEAMS) === true);
    const find = createLocalJWKSet({ keys: endorsed } as unknown as JSONWebKeySet);
    const next = {
      readAtMs: clock.monotonicMs(),
      keyIds: new Set(endorsed.map(({ kid }) => kid)),
      keys: { issuer, find: async (header, token) => find(header, token) },
    } satisfies Held;
    held.delete(openIdUrl);
    if (held.size >= MAX_HELD) held.delete(held.keys().next().value as string);
    held.set(openIdUrl, next);
    return next;
  }

  return async (openIdUrl, keyId) => {
    const known = held.get(openIdUrl);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - known.readAtMs;
    const isEnough = known?.keyIds.has(keyId) === true || ageMs < COOLDOWN_MS;
    if (known !== undefined && isEnough && ageMs < MAX_AGE_MS) return known.keys;
    // Whoever comes meanwhile shares the reading.
    const reading = readings.get(openIdUrl) ?? readNow(openIdUrl).finally(() => readings.delete(openIdUrl));
    readings.set(openIdUrl, reading);
    return (await reading).keys;
  };
}
