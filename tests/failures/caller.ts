/** What a test asks of servers while something fails, as one person. */

import type { AuditEvent } from '@sallyport/audit';
import { type LogReport, verifyLog } from '@sallyport/audit/proof';
import { expect } from 'vitest';
import {
  CLUSTER,
  ORGANIZATION,
  type PersonName,
  PREFIX,
  type Replica,
  type ReplicaProcess,
  type Replicas,
} from '../replicas/harness.ts';
import { createStreamOpener, type OpenStream, type StreamKind } from '../replicas/streams.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition } from '../support/index.ts';

/** A server that is asked. */
export type Asked = Replica | ReplicaProcess;

/** A person with a kube credential, and the streams that were opened with it. */
export interface Caller {
  readonly person: Person;
  /** Requests that were answered by the cluster so far, streams among them. */
  readonly servedCount: number;
  /** Lists pods; yields the status of the answer. */
  list(on: Asked): Promise<number>;
  /** Deletes a pod, which must be in the audit log first; yields the status of the answer. */
  remove(on: Asked): Promise<number>;
  /** Opens a watch, a log and an exec in a namespace of that name. */
  openEach(on: Asked, namespace: string): Promise<readonly OpenStream[]>;
  close(): void;
}

const KINDS: readonly StreamKind[] = ['watch', 'log', 'exec'];

/** Signs somebody in on `a`, and mints. */
export async function createCaller(replicas: Replicas, name: PersonName = 'developer'): Promise<Caller> {
  const { a } = replicas;
  const person = await replicas.logIn(a, name);
  const { token } = await a.api(person).mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
  const closers: (() => void)[] = [];
  let servedCount = 0;

  async function ask(on: Asked, method: string, path: string): Promise<number> {
    const connection = await on.connect();
    try {
      connection.write(
        `${method} ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`,
      );
      const { status } = await connection.answer();
      if (status === 200) servedCount += 1;
      return status;
    } finally {
      connection.socket.destroy();
    }
  }

  return {
    person,
    list: (on) => ask(on, 'GET', '/api/v1/namespaces/default/pods'),
    remove: (on) => ask(on, 'DELETE', '/api/v1/namespaces/default/pods/web'),
    async openEach(on, namespace) {
      const opener = createStreamOpener({ port: on.port, caPem: a.server.caPem, prefix: PREFIX, token });
      closers.push(() => opener.close());
      const opened = await Promise.all(KINDS.map((kind) => opener.open(kind, namespace)));
      servedCount += opened.length;
      return opened;
    },
    get servedCount() {
      return servedCount;
    },
    close() {
      for (const close of closers.splice(0)) close();
    },
  };
}

/** Events of a caller's requests in the audit log, in order. */
export async function requestsOf(replicas: Replicas, { person }: Caller): Promise<readonly AuditEvent[]> {
  const events = await replicas.store.listAudit({ limit: 10_000 });
  return events
    .filter(({ code, principal }) => code.startsWith('proxy.request.') && principal?.userName === person.email)
    .reverse();
}

/**
 * Expects that the audit log has everything that was served, each with one beginning and one end, that what has no beginning was
 * refused, and that the log holds, read on any server. No stream may be open any more.
 */
export async function expectWholeLog(replicas: Replicas, owner: Person, caller: Caller): Promise<void> {
  const read = async () => {
    const events = await requestsOf(replicas, caller);
    const started = events.filter(({ code }) => code === 'proxy.request.started');
    const ended = events.filter(({ code }) => code !== 'proxy.request.started');
    const idsOf = (of: readonly AuditEvent[]) => new Set(of.map(({ request }) => request?.id));
    const [startedIds, endedIds] = [idsOf(started), idsOf(ended)];
    return { started, ended, startedIds, endedIds };
  };
  const { started, ended, startedIds, endedIds } = await awaitCondition(
    async () => {
      const seen = await read();
      const open = [...seen.startedIds].filter((id) => !seen.endedIds.has(id));
      if (open.length > 0) throw new Error(`${open.length} requests have no end: ${open.join(', ')}`);
      return seen.startedIds.size >= caller.servedCount && seen;
    },
    { what: `${caller.servedCount} requests have their beginning and end`, timeoutMs: 60_000 },
  );
  expect([startedIds.size, endedIds.size]).toEqual([started.length, ended.length]);
  const unasked = ended.filter(({ request }) => !startedIds.has(request?.id));
  expect(unasked.filter(({ outcome }) => outcome?.ended !== 'refused')).toEqual([]);
  for (const replica of [replicas.a, replicas.b])
    expect(await readLog(replicas, owner, replica)).toMatchObject({ holds: true, findings: [] });
}

/** Reads the log of the organization on a server once a checkpoint covers all of it that there was when it was asked for. */
export async function readLog(replicas: Replicas, owner: Person, on: Replica): Promise<LogReport> {
  const { length } = (await replicas.store.listAudit({ limit: 10_000 })).filter(
    ({ organizationId }) => organizationId !== undefined,
  );
  return awaitCondition(
    async () => {
      const bundle = await on.api(owner).exportAuditBundle({ organization: ORGANIZATION });
      const report = await verifyLog(bundle.split('\n'));
      return report.entries >= length ? report : undefined;
    },
    { what: `a checkpoint covers ${length} events`, everyMs: 250, timeoutMs: 60_000 },
  );
}
