import { randomBytes } from 'node:crypto';
import type { AuditEvent } from '@sallyport/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerForever } from '../replicas/endless-upstream.ts';
import { createStreamOpener, type OpenStream, type StreamOpener } from '../replicas/streams.ts';
import { connectRaw } from '../security/http1-client.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, type Fleet, type FleetServer, ORGANIZATION, PREFIX, startFleet } from './fleet.ts';

/** How often a server is killed, and how long the others are left alone after that. `SALLYPORT_TEST_KILLS=15` takes five minutes. */
const KILLS = Number(process.env['SALLYPORT_TEST_KILLS'] ?? 3);
const REST_MS = KILLS > 3 ? 15_000 : 2_000;
/** People who sign in, one after the other. */
const LOGINS = 8;
/** Callers that ask one thing after the other. */
const CALLERS = 4;
/** As long as kubectl goes on after 503 with Retry-After. */
const PATIENCE_MS = 15_000;

describe.skipIf(lacks('postgres'))('three servers behind a balancer', () => {
  let fleet: Fleet;
  let token: string;
  const openers: StreamOpener[] = [];
  beforeAll(async () => {
    fleet = await startFleet(3);
    fleet.upstream.answer = answerForever;
    const person = await fleet.logIn('developer');
    ({ token } = await person.api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER }));
    await fleet.untilSpread();
  }, 180_000);
  afterAll(async () => {
    for (const opener of openers) opener.close();
    await fleet?.close();
  }, 60_000);

  it('SEC-D28 sign people in, whichever server each step of it lands on', async () => {
    for (let round = 0; round < LOGINS; round += 1) {
      const person = await fleet.logIn('developer').catch((error: unknown) => {
        const failures = fleet.servers.flatMap(({ program }) =>
          program.program
            .stderr()
            .split('\n')
            .filter((line) => /"level":[56]0/.test(line)),
        );
        throw new Error(failures.join('\n'), { cause: error });
      });
      await person.api.whoAmI();
      await person.api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
    }
  }, 120_000);

  /** A watch, a log and an exec on one server, reached by the balancer. */
  function openStreams(server: FleetServer, name: string): Promise<readonly OpenStream[]> {
    const target = { port: fleet.balancer.port, caPem: fleet.caPem, prefix: PREFIX, token };
    const opener = createStreamOpener(target);
    openers.push(opener);
    return fleet.balancer.pinnedTo(server.port, () =>
      Promise.all((['watch', 'log', 'exec'] as const).map((kind) => opener.open(kind, name))),
    );
  }

  /** One request over a connection of its own; `undefined` when the connection broke off. */
  async function ask(method: string, path: string): Promise<number | undefined> {
    const connection = await connectRaw({ port: fleet.balancer.port, caPem: fleet.caPem }).catch(() => undefined);
    if (connection === undefined) return undefined;
    try {
      connection.write(
        `${method} ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`,
      );
      const { status, isComplete } = await connection.answer();
      return isComplete ? status : undefined;
    } catch {
      return undefined;
    } finally {
      connection.socket.destroy();
    }
  }

  /** As a client that retries what it may: a read again after a broken connection, anything after 503. */
  async function get(path: string): Promise<string> {
    const seen: (number | undefined)[] = [];
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
      const status = await ask('GET', path);
      if (status === 200) return 'ok';
      seen.push(status);
      if (status !== undefined && status !== 503 && status !== 502) break;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return `${path}: ${seen.join(', ')}`;
  }

  /** Callers who ask one thing after the other, until they are told to stop; what of it failed. */
  function startCallers() {
    const failures: string[] = [];
    const written: { path: string; status: number | undefined }[] = [];
    let isOver = false;
    let count = 0;
    const callers = Array.from({ length: CALLERS }, async (_, caller) => {
      while (!isOver) {
        count += 1;
        const name = `${caller}-${randomBytes(6).toString('hex')}`;
        const outcome = await get(`/api/v1/namespaces/read-${name}/pods`);
        if (outcome !== 'ok') failures.push(outcome);
        const path = `/api/v1/namespaces/write-${name}/pods/web`;
        written.push({ path, status: await ask('DELETE', path) });
      }
    });
    return {
      async stop() {
        isOver = true;
        await Promise.all(callers);
        return { failures, written, count };
      },
    };
  }

  it('SEC-D10 lose nothing but long streams when one after the other is told to stop, and say why those end', async () => {
    await fleet.untilSpread();
    const callers = startCallers();
    for (const [at, server] of fleet.servers.entries()) {
      await fleet.untilSpread();
      const streams = await Promise.all(fleet.servers.map((one, index) => openStreams(one, `stop-${at}-on-${index}`)));
      await server.program.restart('SIGTERM');
      const ends = await Promise.all((streams[at] ?? []).map(({ ended }) => ended));
      for (const { reason, isInProtocol } of ends) {
        expect([reason, isInProtocol]).toEqual([expect.stringContaining('the server is stopping'), true]);
      }
      expect(streams.flatMap((of, index) => (index === at ? [] : of)).filter(({ isOpen }) => !isOpen)).toEqual([]);
    }
    const { failures, count } = await callers.stop();
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(CALLERS);
  }, 300_000);

  it('SEC-D10 SEC-D29 lose only what ran on the one that is killed, time and again, and nothing of the audit log', async () => {
    const callers = startCallers();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await fleet.untilSpread();
      const streams = await Promise.all(
        fleet.servers.map((server, at) => openStreams(server, `kill-${kill}-on-${at}`)),
      );
      const at = kill % fleet.servers.length;
      await fleet.servers[at]?.program.restart();
      await Promise.all((streams[at] ?? []).map(({ ended }) => ended));
      const others = streams.filter((_, other) => other !== at).flat();
      expect(others.filter(({ isOpen }) => !isOpen).map(({ path }) => path)).toEqual([]);
      const end = performance.now() + REST_MS;
      await awaitCondition(() => performance.now() > end, { what: 'the others go on', timeoutMs: REST_MS + 1_000 });
      expect(others.filter(({ isOpen }) => !isOpen).map(({ path }) => path)).toEqual([]);
    }
    const { failures, written, count } = await callers.stop();
    for (const opener of openers.splice(0)) opener.close();

    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(KILLS * CALLERS);
    // Nothing that was written was repeated: each went to the cluster once, or not at all where the caller saw it fail.
    const arrived = new Map<string, number>();
    for (const { method, target } of fleet.upstream.requests) {
      if (method === 'DELETE') arrived.set(target, (arrived.get(target) ?? 0) + 1);
    }
    expect([...arrived].filter(([, times]) => times > 1)).toEqual([]);
    expect(written.filter(({ path, status }) => status === 200 && !arrived.has(path))).toEqual([]);

    // Whatever reached the cluster has a beginning and one end in the audit log.
    const reached = fleet.upstream.requests
      .map(({ target }) => target.replace(/\?.*/, ''))
      .filter((path) => path.includes('/namespaces/'));
    const events = await awaitCondition(
      async () => {
        const found = await requestEvents(fleet);
        const { started, ended } = byPath(found);
        return (
          [...started].every(([path, times]) => ended.get(path) === times) &&
          reached.every((path) => started.has(path)) &&
          found
        );
      },
      { what: 'every request has its end', timeoutMs: 90_000, everyMs: 500 },
    );
    const ids = events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }, 600_000);
});

async function requestEvents({ store }: Fleet): Promise<readonly AuditEvent[]> {
  const events = await store.listAudit({ limit: 100_000 });
  return events.filter(
    ({ code, request }) => code.startsWith('proxy.request.') && request?.path.includes('/namespaces/'),
  );
}

/** How often requests to a path began, and how often they came to an end: some are tried again. */
function byPath(events: readonly AuditEvent[]) {
  const started = new Map<string, number>();
  const ended = new Map<string, number>();
  for (const { code, request } of events) {
    if (request === undefined || code === 'proxy.request.denied') continue;
    const counts = code === 'proxy.request.started' ? started : ended;
    counts.set(request.path, (counts.get(request.path) ?? 0) + 1);
  }
  return { started, ended };
}
