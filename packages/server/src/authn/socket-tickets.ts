import { randomBytes } from 'node:crypto';
import type { Clock, LoginSessionId } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';

/** What a ticket opens: one WebSocket of one browser's session. */
export interface SocketTicketSubject {
  readonly loginSessionId: LoginSessionId;
  /** Path and query of the WebSocket, without the ticket. */
  readonly target: string;
}

/** A ticket as it is given out. */
export interface SocketTicket {
  /** To be sent as the query parameter `ticket`. */
  readonly ticket: string;
  readonly expiresAt: Date;
}

/** Gives out tickets for WebSockets, and takes each back once. */
export interface SocketTickets {
  issue(subject: SocketTicketSubject): Promise<SocketTicket>;
  /** Whether the ticket is good for this, now. Used up either way. */
  redeem(ticket: string, subject: SocketTicketSubject): Promise<boolean>;
}

/** Life of a ticket, in milliseconds: a page opens its WebSocket right behind asking for it. */
export const SOCKET_TICKET_LIFETIME_MS = 30_000;

const KIND = 'socket-ticket';
const TICKET_BYTES = 32;

/**
 * Creates the office of tickets over a store, so that a ticket which one replica gave out is good at another. A browser lets
 * no script add a header to a WebSocket: the ticket stands in for the CSRF token there. It is of no use without the cookie.
 */
export function createSocketTickets({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'transact'>;
  readonly clock: Clock;
}): SocketTickets {
  return {
    async issue({ loginSessionId, target }) {
      const ticket = randomBytes(TICKET_BYTES).toString('base64url');
      const expiresAt = new Date(clock.now() + SOCKET_TICKET_LIFETIME_MS);
      await store.transact(({ oneTime }) => oneTime.put(KIND, ticket, { loginSessionId, target }, expiresAt));
      return { ticket, expiresAt };
    },
    async redeem(ticket, { loginSessionId, target }) {
      const issued = await store.transact(({ oneTime }) => oneTime.take(KIND, ticket));
      return issued !== undefined && issued['loginSessionId'] === loginSessionId && issued['target'] === target;
    },
  };
}
