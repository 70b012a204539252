import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '@sallyport/core';
import { AgentError, faultOf } from '../errors.ts';

/** Longest time that a token is used without looking at its file again, in milliseconds. The kubelet rotates hourly. */
const REFRESH_MS = 60_000;

/**
 * Reads a token that others rotate. The returned function gives the current one; it looks at the file at most once a
 * minute, and never uses a copy older than that, so a token is not kept beyond its rotation by an idle agent either.
 * @throws AgentError `ERR_AGENT_TOKEN` when the file is unreadable or empty, now and at each use
 */
export function createTokenFile(file: string, clock: Clock = systemClock): () => string {
  let token = readToken(file);
  let readAt = clock.monotonicMs();
  return () => {
    if (clock.monotonicMs() - readAt >= REFRESH_MS) {
      // Synchronous on purpose: a few hundred bytes of a memory file system, once a minute.
      token = readToken(file);
      readAt = clock.monotonicMs();
    }
    return token;
  };
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new AgentError({
      code: 'ERR_AGENT_TOKEN',
      message: `the token file can't be read: ${faultOf(cause)}`,
      cause,
    });
  }
  // Anything but visible ASCII could not stand in a header line.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new AgentError({ code: 'ERR_AGENT_TOKEN', message: 'the token file holds no token' });
  }
  return token;
}
