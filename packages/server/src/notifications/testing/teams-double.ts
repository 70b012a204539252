import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { SignedCallback } from './slack-double.ts';

/** A member of the conversation, as the Bot Connector tells. */
export interface TeamsMember {
  readonly tenantId?: string;
  readonly userPrincipalName?: string;
  readonly email?: string;
}

/** What of a callback is to be otherwise than Teams makes it. */
export interface TeamsOverrides {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly claims?: JWTPayload;
  readonly activity?: Readonly<Record<string, unknown>>;
  /** Which key signs. Default the one that is endorsed for Teams. */
  readonly key?: 'teams' | 'otherChannel' | 'stranger';
}

/** Speaks what the server uses of Teams: the login of a directory, the Bot Connector, and activities signed by the Bot Framework. */
export interface TeamsDouble {
  readonly appId: string;
  readonly appPassword: string;
  readonly tenant: string;
  readonly loginUrl: string;
  readonly serviceUrl: string;
  readonly openIdUrl: string;
  /** Messages by the id of their activity, as they stand. */
  readonly messages: Map<string, Readonly<Record<string, unknown>>>;
  readonly members: Map<string, TeamsMember>;
  /** Requests that the Bot Connector took. */
  readonly calls: readonly { readonly method: string; readonly path: string }[];
  /** How often its keys were read. */
  readonly keyReads: () => number;
  /** What Teams would post when somebody uses the button with this verb of the newest message. */
  press(user: string, verb: string, overrides?: TeamsOverrides): Promise<SignedCallback>;
  close(): Promise<void>;
}

const ISSUER = 'https://api.botframework.example';
const TOKEN = 'canary-connector-token';

/** Starts the double on loopback. `now` is the time of its activities and tokens, in milliseconds. */
export async function startTeamsDouble({ now }: { readonly now: () => number }): Promise<TeamsDouble> {
  const appId = '6f0c8a3e-1d5b-4c1e-9a54-0c6a1c2f7d10';
  const tenant = '1b2d4f60-7a8c-4e9d-8f1a-2b3c4d5e6f70';
  const appPassword = 'canary-app-password';
  const messages: TeamsDouble['messages'] = new Map();
  const members: TeamsDouble['members'] = new Map();
  const calls: { method: string; path: string }[] = [];
  let serial = 0;
  let keyReads = 0;

  const pairs = {
    teams: await generateKeyPair('RS256'),
    otherChannel: await generateKeyPair('RS256'),
    stranger: await generateKeyPair('RS256'),
  };
  const published = await Promise.all(
    (['teams', 'otherChannel'] as const).map(async (kid) => ({
      ...(await exportJWK(pairs[kid].publicKey)),
      kid,
      use: 'sig',
      endorsements: kid === 'teams' ? ['msteams', 'webchat'] : ['webchat'],
    })),
  );

  function answer(path: string, text: string): [status: number, body?: object] {
    if (path === `/login/${tenant}/oauth2/v2.0/token`) {
      const form = Object.fromEntries(new URLSearchParams(text));
      const wanted = {
        grant_type: 'client_credentials',
        client_id: appId,
        client_secret: appPassword,
        scope: 'https://api.botframework.com/.default',
      };
      if (JSON.stringify(form) !== JSON.stringify(wanted)) return [401, { error: 'invalid_client' }];
      return [200, { token_type: 'Bearer', expires_in: 3_599, access_token: TOKEN }];
    }
    if (path === '/openid') return [200, { issuer: ISSUER, jwks_uri: `${origin}/keys` }];
    if (path === '/keys') {
      keyReads += 1;
      return [200, { keys: published }];
    }
    return [404];
  }

  function connect(method: string, path: string, text: string): [status: number, body?: object] {
    calls.push({ method, path });
    const conversations = path
      .replace(/^\/teams\/v3\/conversations/, '')
      .split('/')
      .map(decodeURIComponent);
    if (method === 'POST' && conversations.length === 1) {
      const { activity, isGroup, channelData, tenantId } = JSON.parse(text) as Record<string, Record<string, unknown>>;
      const channel = (channelData?.['channel'] as { id?: string } | undefined)?.id;
      if (activity === undefined || !isGroup || channel === undefined || String(tenantId) !== tenant) return [400];
      const activityId = `17000000000${++serial}`;
      messages.set(activityId, activity);
      return [201, { id: `${channel};messageid=${activityId}`, activityId }];
    }
    const [, , collection, id = ''] = conversations;
    if (method === 'PUT' && collection === 'activities') {
      if (!messages.has(id)) return [404, { error: { code: 'ActivityNotFoundInConversation' } }];
      messages.set(id, JSON.parse(text) as Record<string, unknown>);
      return [200, { id }];
    }
    const member = method === 'GET' && collection === 'members' ? members.get(id) : undefined;
    return member === undefined ? [404] : [200, { id, tenantId: tenant, ...member }];
  }

  const server = createServer((request, response) => void take(request, response));
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const { method = '', url = '' } = request;
    const isConnector = url.startsWith('/teams/');
    const isKnown = !isConnector || request.headers.authorization === `Bearer ${TOKEN}`;
    const [status, body] = !isKnown ? [401] : isConnector ? connect(method, url, text) : answer(url, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serviceUrl = `${origin}/teams/`;

  return {
    appId,
    appPassword,
    tenant,
    loginUrl: `${origin}/login`,
    serviceUrl,
    openIdUrl: `${origin}/openid`,
    messages,
    members,
    calls,
    keyReads: () => keyReads,
    async press(user, verb, { data, claims, activity, key = 'teams' } = {}) {
      const [id, message] = [...messages].at(-1) ?? ['', {}];
      serial += 1;
      const said = data ?? dataOf(message, verb);
      const body = JSON.stringify({
        type: 'invoke',
        name: 'adaptiveCard/action',
        id: `f:${serial}`,
        timestamp: new Date(now()).toISOString(),
        channelId: 'msteams',
        serviceUrl,
        from: { id: user, name: 'somebody', aadObjectId: '0d2b4c6e-0000-4000-8000-000000000000' },
        conversation: { id: `19:ops@thread.tacv2;messageid=${id}`, conversationType: 'channel', tenantId: tenant },
        channelData: { tenant: { id: tenant }, channel: { id: '19:ops@thread.tacv2' } },
        replyToId: id,
        value: { action: { type: 'Action.Execute', verb, data: said }, trigger: 'manual' },
        ...activity,
      });
      const seconds = Math.floor(now() / 1_000);
      const token = await new SignJWT({
        iss: ISSUER,
        aud: appId,
        serviceurl: serviceUrl,
        nbf: seconds,
        exp: seconds + 3_600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key })
        .sign(pairs[key].privateKey);
      return { body, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What the button with a verb carries, wherever in the card it is. */
function dataOf(value: unknown, verb: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const { verb: own, data } = value as { readonly verb?: unknown; readonly data?: unknown };
  if (own === verb) return data;
  for (const inner of Object.values(value)) {
    const found = dataOf(inner, verb);
    if (found !== undefined) return found;
  }
  return undefined;
}
