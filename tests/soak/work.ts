/** What people do all day, one piece at a time, and how each piece went. */
import type { Random } from '../completeness/random.ts';
import { ECHO_PORT, KEPT, POD } from './cluster.ts';
import type { Site } from './installation.ts';
import { type Answered, namespaceOf, wrongAnswer } from './invariants.ts';
import { type Answer, type Caller, execBySpdy, execByWebSocket, forward, getByHttp2, send } from './kube-client.ts';
import type { Worker } from './people.ts';

/** One thing to do. */
export interface Task {
  readonly worker: Worker;
  readonly site: Site;
  readonly caPem: string;
  readonly random: Random;
  /** Aborted when the run has no more time for it. */
  readonly signal: AbortSignal;
}

/** How it went: what was wrong with it whatever was broken meanwhile, and the answers that the cluster gave. */
export interface Done {
  readonly violations: readonly string[];
  readonly answered: readonly Answered[];
}

type Work = (task: Task, job: Job) => Promise<void>;

/** What a piece of work is done with. */
interface Job {
  readonly namespace: string;
  /** A name that nobody else has, and that is not used again. */
  readonly mark: string;
  caller(): Promise<Caller>;
  /** Takes an answer: it must have one of the statuses, and bear the mark. */
  take(what: string, answer: Answer, options?: { readonly status?: readonly number[]; readonly mark?: string }): void;
}

const path = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`;
const pod = (namespace: string) => path(namespace, `pods/${POD}`);

const KINDS = {
  async get({ random }, { namespace, caller, take }) {
    const name = `keep-${random.below(KEPT)}`;
    take('get', await send(await caller(), 'GET', path(namespace, `configmaps/${name}`)), { mark: `"${name}"` });
  },
  async list(_task, { namespace, caller, take }) {
    take('list', await getByHttp2(await caller(), path(namespace, 'pods')), { mark: `"${namespace}"` });
  },
  async write(_task, { namespace, mark, caller, take }) {
    const collection = path(namespace, 'configmaps');
    const aConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: mark }, data: { step: 'created' } };
    take('create', await send(await caller(), 'POST', collection, { body: aConfigMap }), { status: [201] });
    const own = `${collection}/${mark}`;
    const changed = await send(await caller(), 'PATCH', own, { body: { data: { step: 'changed' } } });
    take('patch', changed);
    if (!changed.text.includes('changed')) throw new Error(`a patch did nothing: ${changed.text}`);
    take('delete', await send(await caller(), 'DELETE', own));
  },
  async watch(_task, { namespace, mark, caller, take }) {
    const collection = path(namespace, 'configmaps');
    const [watching, writing] = [await caller(), await caller()];
    let isWritten: Promise<Answer> | undefined;
    // The first that comes is what is there already; then something is written that the watch must tell of.
    const watched = await send(watching, 'GET', `${collection}?watch=1`, {
      isEnough(text) {
        const aConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: mark } };
        isWritten ??= send(writing, 'POST', collection, { body: aConfigMap });
        isWritten.catch(() => {});
        return text.includes(mark);
      },
    });
    take('watch', watched, { mark: '' });
    if (!watched.text.includes(mark)) throw new Error(`a watch ended: ${watched.text.slice(-300)}`);
    if (isWritten !== undefined) take('write under a watch', await isWritten, { status: [201] });
    take('delete', await send(await caller(), 'DELETE', `${collection}/${mark}`));
  },
  async 'exec by WebSocket'(_task, { namespace, mark, caller, take }) {
    const command = ['echo', namespace, mark];
    take('exec', await execByWebSocket(await caller(), pod(namespace), command), { status: [101] });
  },
  async 'exec by SPDY'(_task, { namespace, mark, caller, take }) {
    const command = ['echo', namespace, mark];
    take('exec', await execBySpdy(await caller(), pod(namespace), command), { status: [101] });
  },
  async logs({ random }, { namespace, caller, take }) {
    const lines = 1 + random.below(3);
    let seen = 0;
    const isEnough = (text: string) => {
      seen = text.split('\n').length - 1;
      return seen > lines;
    };
    const followed = await send(await caller(), 'GET', `${pod(namespace)}/log?follow=true&tailLines=1`, { isEnough });
    take('logs', followed, { mark: `${namespace} tick` });
    if (seen <= lines) throw new Error(`a log that is followed ended: ${followed.text}`);
  },
  async 'port-forward'(_task, { namespace, mark, caller, take }) {
    const words = `${namespace} ${mark}`;
    take('port-forward', await forward(await caller(), pod(namespace), ECHO_PORT, words), { status: [101] });
  },
  async 'slow read'({ random }, { namespace, caller, take }) {
    const secrets = await send(await caller(), 'GET', path(namespace, 'secrets'), { pauseMs: 1 + random.below(20) });
    take('slow read', secrets, { mark: '"bulk-23"' });
    JSON.parse(secrets.text);
  },
  async refusal(_task, { caller, take }) {
    const answer = await send(await caller(), 'GET', '/api/v1/nodes');
    take('refusal', answer, { status: [403], mark: 'Forbidden' });
  },
  async login({ worker, site, random }) {
    if (random.below(3) === 0) await worker.logIn(site);
    else await worker.renew(site);
  },
  async 'REST API'({ worker, site, random }) {
    const api = await worker.api(site);
    const { principal } = await api.whoAmI();
    if (principal.email !== worker.email)
      throw new WrongPerson(`${worker.email} is ${principal.email} to the REST API`);
    if (random.below(2) === 0) await api.listMyEndedStreams();
    else await api.listMyLoginSessions();
  },
} as const satisfies Readonly<Record<string, Work>>;

/** A kind of work. */
export type WorkKind = keyof typeof KINDS;

/** All of them. */
export const WORK_KINDS = Object.keys(KINDS) as unknown as readonly [WorkKind, ...WorkKind[]];

/** The server took somebody for somebody else: never explained by anything that is broken. */
class WrongPerson extends Error {}

/** Does one piece of work. Rejects when it did not go as it should: something may have been broken. */
export async function work(kind: WorkKind, task: Task, done: (what: Done) => void): Promise<void> {
  const { worker, site, caPem, random, signal } = task;
  const violations: string[] = [];
  const answered: Answered[] = [];
  const mark = `m-${random.below(2 ** 31).toString(36)}-${random.below(2 ** 31).toString(36)}`;
  const job: Job = {
    namespace: namespaceOf(worker.email),
    mark,
    caller: async () => ({ site, caPem, signal, token: await worker.token(site) }),
    take(what, answer, { status = [200], mark: expected = mark } = {}) {
      const { auditId, text } = answer;
      if (auditId !== undefined) answered.push({ auditId, what: `${what} of ${worker.email}` });
      const isAsAsked = status.includes(answer.status);
      violations.push(...wrongAnswer({ person: worker.email, what, mark: isAsAsked ? expected : '', answer: text }));
      if (!isAsAsked) throw new Error(`${what} was answered ${answer.status}: ${text.slice(0, 300)}`);
    },
  };
  try {
    await KINDS[kind](task, job);
  } catch (error) {
    if (error instanceof WrongPerson) violations.push(error.message);
    throw error;
  } finally {
    done({ violations, answered });
  }
}
