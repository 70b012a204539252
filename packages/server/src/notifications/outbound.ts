import { readRetryAfter } from '@sallyport/core';
import { fetch } from 'undici';
import { findCause } from '../network/find-cause.ts';
import { createGuardedAgent } from '../network/guarded-agent.ts';
import type { ResolveAll } from '../network/outbound-guard.ts';
import { NotificationError } from './errors.ts';

/** What {@link createOutbound} works with. */
export interface OutboundOptions {
  /** Networks (CIDR) that may be called though they are not public, and without TLS. */
  readonly allowedAddresses: readonly string[];
  /** Further certificate authorities to trust, PEM. */
  readonly caPems?: readonly string[];
  /** How names are resolved. Default: as the system does. */
  readonly resolveAll?: ResolveAll;
  /** Longest wait for an answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  readonly now: () => number;
}

/** One request to a receiver. */
export interface OutboundRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends requests to receivers that an administrator of an organization named. */
export interface Outbound {
  /**
   * Sends a request and reads the answer, whatever its status, up to 64 KiB of it. Redirects are not followed: they come back as
   * the answer that they are. Errors name the host at the most, since addresses and headers may hold secrets.
   * @throws NotificationError `ERR_NOTIFICATION_ADDRESS`, `ERR_NOTIFICATION_UNREACHABLE`
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  close(): Promise<void>;
}

/** What a receiver answered. */
export interface OutboundAnswer {
  readonly status: number;
  readonly text: string;
  /** How long it wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Largest answer that is read, in bytes. Nothing that is asked for is near it. */
const MAX_ANSWER_BYTES = 65_536;

/** Creates the way out. Connections are opened as {@link createGuardedAgent} lets them. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { allowedAddresses, caPems, resolveAll, timeoutMs = TIMEOUT_MS, now } = options;
  const dispatcher = createGuardedAgent({
    allowedAddresses,
    caPems,
    resolveAll,
    timeoutMs,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    refuseAddress: refusedAddress,
    refusePlain: refusedPlain,
  });

  return {
    async send({ method, url, headers, body }) {
      try {
        const answer = await fetch(url, {
          method,
          headers: { 'user-agent': 'sallyport', ...headers },
          ...(body !== undefined && { body }),
          redirect: 'manual',
          dispatcher,
          signal: AbortSignal.timeout(timeoutMs),
        });
        const retryAfterMs = readRetryAfter(answer.headers.get('retry-after'), new Date(now()));
        return {
          status: answer.status,
          text: await answer.text(),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        };
      } catch (error) {
        throw notificationErrorIn(error) ?? unreachable(url, error);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** What an answer is worth: nothing when it is a success. @throws NotificationError `ERR_NOTIFICATION_REFUSED` */
export function assertTaken({ status, retryAfterMs }: OutboundAnswer, receiver: string): void {
  if (status >= 200 && status < 300) return;
  const isRedirect = status >= 300 && status < 400;
  throw new NotificationError({
    code: 'ERR_NOTIFICATION_REFUSED',
    message: `${receiver} answered with status ${status}${isRedirect ? ', a redirect, which is not followed' : ''}`,
    nextStep: isRedirect
      ? 'Name the address that it leads to.'
      : 'Look at the settings of the channel and of the receiver.',
    retryAfterMs,
    isFinal: FINAL_STATUSES.includes(status),
  });
}

/** The same message can't be taken the next time either. */
const FINAL_STATUSES: readonly number[] = [400, 410, 413, 422];

function refusedAddress(host: string): NotificationError {
  return new NotificationError({
    code: 'ERR_NOTIFICATION_ADDRESS',
    message: `${JSON.stringify(host.slice(0, 255))} is at an address of this machine or of a private network, which the server does not call`,
    nextStep:
      "If that is where the receiver is, name its network in notifications.allowedAddresses of the server's configuration.",
  });
}

function refusedPlain(host: string): NotificationError {
  return new NotificationError({
    code: 'ERR_NOTIFICATION_ADDRESS',
    message: `${JSON.stringify(host.slice(0, 255))} was named with http://, which is for networks that notifications.allowedAddresses names`,
    nextStep: 'Use https://.',
  });
}

function notificationErrorIn(error: unknown): NotificationError | undefined {
  return findCause(error, (each): each is NotificationError => each instanceof NotificationError);
}

/** Without the cause: messages of connections may repeat what they were given. */
function unreachable(url: string, error: unknown): NotificationError {
  return new NotificationError({
    code: 'ERR_NOTIFICATION_UNREACHABLE',
    message: `${new URL(url).host} could not be reached: ${reasonOf(error)}`,
    nextStep: 'Look whether the receiver runs, and whether this server may reach it.',
  });
}

function reasonOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    if (each.name === 'TimeoutError') return 'no answer in time';
    const { code } = each as { readonly code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{3,64}$/.test(code)) return code;
  }
  return 'the connection failed';
}
