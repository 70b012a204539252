import type { IncomingMessage } from 'node:http';
import { createId, type LoginSessionId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OneTimeRows } from '../stores/local-contracts.ts';
import type { LiveLogin } from './login-sessions.ts';
import { createSocketGate, type SocketGate, takeTicket } from './socket-gate.ts';
import { createSocketTickets, SOCKET_TICKET_LIFETIME_MS, type SocketTickets } from './socket-tickets.ts';
import { createCookieSecret, SESSION_COOKIE } from './web-session.ts';

const PUBLIC_URL = 'https://sallyport.example.com';
const TARGET = '/api/v1/clusters/c/kube/api/v1/namespaces/shop/pods/web/exec?command=sh&tty=true';
const OTHER_CLUSTER = TARGET.replace('/clusters/c/', '/clusters/d/');
const TERMINAL = '/api/v1/terminals/t/socket?columns=80';

/** One-time rows in memory, as the store keeps them. */
function oneTimeRows(clock: FakeClock): Pick<OneTimeRows, 'put' | 'take' | 'find'> {
  const rows = new Map<string, { readonly value: Readonly<Record<string, unknown>>; readonly expiresAt: Date }>();
  const read = (kind: string, key: string) => {
    const row = rows.get(`${kind} ${key}`);
    return row !== undefined && row.expiresAt.getTime() > clock.now() ? row.value : undefined;
  };
  return {
    find: async (kind, key) => read(kind, key),
    async put(kind, key, value, expiresAt) {
      rows.set(`${kind} ${key}`, { value, expiresAt });
    },
    async take(kind, key) {
      const value = read(kind, key);
      rows.delete(`${kind} ${key}`);
      return value;
    },
  };
}

describe('WebSockets of the web UI', () => {
  let clock: FakeClock;
  let tickets: SocketTickets;
  let gate: SocketGate;
  const logins = new Map<string, LiveLogin>();
  const aLogin = () => {
    const id = createId('loginSession');
    const { secret, sha256 } = createCookieSecret();
    logins.set(id, { loginSession: { id, client: 'web', cookieSha256: sha256 } } as unknown as LiveLogin);
    return { id, cookie: `${SESSION_COOKIE}=${id}.${secret}` };
  };

  beforeEach(() => {
    clock = createFakeClock();
    const oneTime = oneTimeRows(clock);
    const store = { transact: (work: (tx: never) => unknown) => work({ oneTime } as never) };
    tickets = createSocketTickets({ store: store as never, clock });
    logins.clear();
    const find = (id: string) => logins.get(id);
    gate = createSocketGate({
      publicUrl: PUBLIC_URL,
      loginSessions: { find, use: find, settle: async () => {} },
      tickets,
    });
  });

  function request(url: string, headers: Readonly<Record<string, string | undefined>>): IncomingMessage {
    const present = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]]));
    return { url, headersDistinct: Object.fromEntries(present) } as unknown as IncomingMessage;
  }
  const ticketFor = async (loginSessionId: LoginSessionId, target = TARGET) =>
    (await tickets.issue({ loginSessionId, target })).ticket;

  it('open with the cookie of a session and the ticket that it got for exactly this address', async () => {
    const { id, cookie } = aLogin();
    const url = `${TARGET}&ticket=${await ticketFor(id)}`;
    const headers = { origin: PUBLIC_URL, 'sec-fetch-site': 'same-origin', cookie };
    expect(await gate.admit(request(url, headers))).toMatchObject({ login: logins.get(id), target: TARGET });
  });

  for (const [what, spoil, code] of [
    ['a page of another origin opens', { origin: 'https://evil.example.com' }, 'ERR_API_CROSS_SITE'],
    ['a page of the origin "null" opens', { origin: 'null' }, 'ERR_API_CROSS_SITE'],
    ['nobody says the origin of', { origin: undefined }, 'ERR_API_CROSS_SITE'],
    ['a sibling site opens', { 'sec-fetch-site': 'same-site' }, 'ERR_API_CROSS_SITE'],
    ['comes without a cookie', { cookie: undefined }, 'ERR_API_UNAUTHENTICATED'],
    ['comes with a wrong secret', { cookie: `${SESSION_COOKIE}=x.y` }, 'ERR_API_UNAUTHENTICATED'],
  ] as const) {
    it(`SEC-E05 SEC-H04 that ${what} is refused, and its ticket stays good for the page that got it`, async () => {
      const { id, cookie } = aLogin();
      const url = `${TARGET}&ticket=${await ticketFor(id)}`;
      const headers = { origin: PUBLIC_URL, 'sec-fetch-site': 'same-origin', cookie };
      await expect(gate.admit(request(url, { ...headers, ...spoil }))).rejects.toMatchObject({ code });
      expect((await gate.admit(request(url, headers))).target).toBe(TARGET);
    });
  }

  it('SEC-E05 SEC-H04 opens once by one ticket, for 30 seconds, for its session and its address alone', async () => {
    const [mine, other] = [aLogin(), aLogin()];
    const open = (ticket: string, target = TARGET) =>
      gate.admit(request(`${target}&ticket=${ticket}`, { origin: PUBLIC_URL, cookie: mine.cookie }));
    const refused = { code: 'ERR_API_TICKET_REFUSED' };

    const used = await ticketFor(mine.id);
    await open(used);
    await expect(open(used)).rejects.toMatchObject(refused);
    await expect(open(await ticketFor(other.id))).rejects.toMatchObject(refused);
    await expect(open(await ticketFor(mine.id), `${TARGET}&stdin=true`)).rejects.toMatchObject(refused);
    await expect(open(await ticketFor(mine.id), OTHER_CLUSTER)).rejects.toMatchObject(refused);
    await expect(open(await ticketFor(mine.id), TERMINAL)).rejects.toMatchObject(refused);
    // Of what was made for another purpose, nothing opens the kube path either.
    await expect(open(await ticketFor(mine.id, TERMINAL))).rejects.toMatchObject(refused);
    // A ticket that somebody else tried is used up.
    const tried = await ticketFor(mine.id);
    const byOther = request(`${TARGET}&ticket=${tried}`, { origin: PUBLIC_URL, cookie: other.cookie });
    await expect(gate.admit(byOther)).rejects.toMatchObject(refused);
    await expect(open(tried)).rejects.toMatchObject(refused);
    const late = await ticketFor(mine.id);
    clock.advance(SOCKET_TICKET_LIFETIME_MS);
    await expect(open(late)).rejects.toMatchObject(refused);
    await expect(open('')).rejects.toMatchObject(refused);
    await expect(gate.admit(request(TARGET, { origin: PUBLIC_URL, cookie: mine.cookie }))).rejects.toMatchObject(
      refused,
    );
  });

  it('takes the ticket out of the address and nothing else', () => {
    expect(takeTicket('/a?x=%2F&ticket=t&y=1')).toEqual({ target: '/a?x=%2F&y=1', ticket: 't' });
    expect(takeTicket('/a?ticket=t')).toEqual({ target: '/a', ticket: 't' });
    expect(takeTicket('/a')).toEqual({ target: '/a', ticket: undefined });
    expect(takeTicket('/a?ticket=t&ticket=u')).toEqual({ target: '/a', ticket: undefined });
  });
});
