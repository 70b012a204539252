import type { IncomingMessage } from 'node:http';
import { ApiError } from '../errors.ts';
import type { LiveLogin, LoginSessions } from './login-sessions.ts';
import type { SocketTickets } from './socket-tickets.ts';
import { findWebLogin, readCookie, SESSION_COOKIE } from './web-session.ts';

/** A WebSocket that may be opened: whose it is, and what for. */
export interface AdmittedSocket {
  readonly login: LiveLogin;
  /** Path and query as requested, without the ticket. */
  readonly target: string;
}

/** Says who opens a WebSocket of the web UI. */
export interface SocketGate {
  /**
   * Admits the request of a page of ours, under the cookie of a live session, with a ticket that this session got for exactly
   * this address.
   * @throws ApiError `ERR_API_CROSS_SITE`, `ERR_API_UNAUTHENTICATED`, `ERR_API_TICKET_REFUSED`
   */
  admit(request: IncomingMessage): Promise<AdmittedSocket>;
}

/** What {@link createSocketGate} needs. */
export interface SocketGateOptions {
  readonly publicUrl: string;
  readonly loginSessions: Pick<LoginSessions, 'find' | 'settle' | 'use'>;
  readonly tickets: Pick<SocketTickets, 'redeem'>;
}

/**
 * Creates the gate in front of WebSockets. Browsers open those to anywhere, with cookies and without asking first: so `Origin`
 * must be there and ours (RFC 6455, section 10.2), whatever else is right.
 */
export function createSocketGate({ publicUrl, loginSessions, tickets }: SocketGateOptions): SocketGate {
  return {
    async admit(request) {
      const one = (name: string) => {
        const values = request.headersDistinct[name] ?? [];
        return values.length > 1 ? 'several' : values[0];
      };
      const site = one('sec-fetch-site');
      if (one('origin') !== publicUrl || (site !== undefined && site !== 'same-origin')) {
        throw new ApiError({
          code: 'ERR_API_CROSS_SITE',
          message: 'the connection is refused: no page of this server opens it',
        });
      }
      const cookie = readCookie(request.headersDistinct['cookie'] ?? [], SESSION_COOKIE);
      const found = await findWebLogin(cookie, loginSessions);
      const login = found && loginSessions.use(found.login.loginSession.id);
      if (login === undefined) {
        throw new ApiError({
          code: 'ERR_API_UNAUTHENTICATED',
          message: 'nobody is signed in in this browser',
          nextStep: 'Sign in at /session/login.',
        });
      }
      const { target, ticket } = takeTicket(request.url ?? '/');
      const isGood =
        ticket !== undefined && (await tickets.redeem(ticket, { loginSessionId: login.loginSession.id, target }));
      if (!isGood) {
        throw new ApiError({
          code: 'ERR_API_TICKET_REFUSED',
          message: 'the connection carries no ticket of this session for this address that is still good',
          nextStep: 'Ask for a new ticket and connect with it within 30 seconds.',
        });
      }
      return { login, target };
    },
  };
}

/** Takes the ticket out of an address; two of them are none. Everything else stays byte for byte. */
export function takeTicket(url: string): { readonly target: string; readonly ticket: string | undefined } {
  const at = url.indexOf('?');
  if (at < 0) return { target: url, ticket: undefined };
  const parts = url.slice(at + 1).split('&');
  const tickets = parts.filter((part) => part.startsWith('ticket='));
  const rest = parts.filter((part) => !part.startsWith('ticket='));
  return {
    target: rest.length === 0 ? url.slice(0, at) : `${url.slice(0, at)}?${rest.join('&')}`,
    ticket: tickets.length === 1 ? tickets[0]?.slice('ticket='.length) : undefined,
  };
}
