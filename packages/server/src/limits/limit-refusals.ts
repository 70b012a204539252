import type { Allow, Reason } from '@sallyport/authz';
import type { AccessLimits } from '@sallyport/core';
import type { Authenticated } from '../proxy/authenticate.ts';
import type { Refusal } from '../proxy/refusal.ts';
import type { LimitedRequest } from './is-stream.ts';
import type { BucketRate } from './token-bucket.ts';

/** Most reasons of a decision that a sentence repeats. */
const MAX_REASONS = 3;
/** Until shares have moved from server to server, in seconds. */
const MOVING_SECONDS = 1;

/** Too many requests. `Retry-After` is what the bucket needs: kubectl waits as long, silently, up to ten times. */
export function rateExceeded({ who, decision }: LimitedRequest, rate: BucketRate, waitMs: number): Refusal {
  return {
    code: 'ERR_PROXY_RATE_LIMITED',
    message: `${who.principal.userName} may send ${perSecond(rate)} to cluster "${who.cluster.name}" and has used them up; ${origin(decision, RATE)}.`,
    retryAfterSeconds: wholeSeconds(waitMs),
  };
}

/**
 * Too many streams. Nobody knows when one ends, so there is no `Retry-After` and kubectl prints the sentence at once, unless a
 * place is about to come from another server.
 */
export function streamsExceeded(
  { who, decision }: LimitedRequest,
  limit: number,
  verdict: 'full' | 'moving',
  by: 'role' | 'server' = 'role',
): Refusal {
  const what = `${count(limit, 'stream')} (watch, exec, attach, port-forward, followed log)`;
  return {
    code: 'ERR_PROXY_TOO_MANY_STREAMS',
    message: `${who.principal.userName} may have ${what} open on cluster "${who.cluster.name}" at one time and has as many; ${by === 'server' ? 'no server allows more' : origin(decision, STREAMS)}. End one of them, then try again.`,
    ...(verdict === 'moving' && { retryAfterSeconds: MOVING_SECONDS }),
  };
}

/** Too many requests under way. Some of them end soon, or their caller reads none of the answers. */
export function tooManyAtOnce({ who }: LimitedRequest, limit: number): Refusal {
  return {
    code: 'ERR_PROXY_RATE_LIMITED',
    message: `${who.principal.userName} has ${count(limit, 'request')} under way on cluster "${who.cluster.name}", and no server allows more.`,
    retryAfterSeconds: 1,
  };
}

/** Too many requests that are refused anyway. */
export function floodOfRefusals({ principal }: Authenticated, rate: BucketRate, waitMs: number): Refusal {
  return {
    code: 'ERR_PROXY_RATE_LIMITED',
    message: `${principal.userName} asks for what is refused more often than the ${perSecond(rate)} that are answered one by one.`,
    retryAfterSeconds: wholeSeconds(waitMs),
  };
}

function perSecond({ perSecond, burst }: BucketRate): string {
  return `${count(perSecond, 'request')} per second, ${burst} at once after a rest,`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Numbers of a limit that a sentence is about. */
type LimitPath = `limits.${keyof AccessLimits}`;
const RATE: readonly LimitPath[] = ['limits.requestsPerSecond', 'limits.burst'];
const STREAMS: readonly LimitPath[] = ['limits.concurrentStreams'];

/** Which documents set the limit, as far as the authorizer says; else what allows the request, which is where to look for it. */
function origin({ reasons, limitedBy = [] }: Allow, paths: readonly LimitPath[]): string {
  const setters = limitedBy.filter(({ path }) => paths.includes(path));
  if (setters.length > 0) return `the limit is set by ${listed(setters)}`;
  return `the limit is that of what allows this (${listed(reasons)}), or of a stricter access policy`;
}

function listed(reasons: readonly Reason[]): string {
  const messages = [...new Set(reasons.map(({ message }) => message))];
  const more = messages.length > MAX_REASONS ? `, and ${messages.length - MAX_REASONS} more` : '';
  return `${messages.slice(0, MAX_REASONS).join(', ')}${more}`;
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
