import { type AuditEvent, redactText } from '@sallyport/audit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createChoice } from '../../packages/server/src/api/testing/choice.ts';
import { type Protocol, type SecureStack, startSecureStack, UPSTREAM_TOKEN } from '../security/harness.ts';
import { headerValues, type RecordedRequest, type UpstreamCall } from '../security/recording-upstream.ts';
import { switchingHead } from '../security/upgrade-client.ts';
import { awaitCondition } from '../support/index.ts';
import { createHttp1Lane, type LaneAnswer } from './http1-lane.ts';
import { createHttp2Lane } from './http2-lane.ts';
import { isSameText, readAsKubernetes } from './kubernetes-reading.ts';
import { asHttp1, asHttp2, describeCase, randomWireCase, type Sender, type WireCase } from './wire-cases.ts';

/** How many requests. A campaign sets its own. */
const CASES = Number(process.env['SALLYPORT_FUZZ_CASES'] ?? 50_000);
/** Says which ones; the name of the test has it. */
const SEED = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? 20_261_122);
/** After how many requests audit log and upstream are compared. */
const BATCH = 1_000;
/** Connections of each protocol. */
const LANES = 6;

let stack: SecureStack;
beforeAll(async () => {
  stack = await startSecureStack();
}, 60_000);
afterAll(() => stack?.close(), 120_000);

/** A plain request between the batches: the server still serves. */
const ALIVE = '/version?alive=1';

/** The group that each role acts as in the cluster. */
const GROUP: Readonly<Record<string, string>> = {
  admin: 'sallyport:cluster-admin',
  developer: 'sallyport:edit',
  viewer: 'sallyport:view',
};
const MAY_GO_ON = new Set([
  'host',
  'audit-id',
  'connection',
  'upgrade',
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'kubectl-command',
  'kubectl-session',
  'origin',
  'range',
  'traceparent',
  'tracestate',
  'user-agent',
  'transfer-encoding',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'x-stream-protocol-version',
  'authorization',
  'impersonate-user',
  'impersonate-group',
  'impersonate-extra-sallyport.dev%2fsession',
]);
const STREAMING = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

function answer(call: UpstreamCall): void {
  if (headerValues(call.request.rawHeaders, 'upgrade').length > 0) {
    call.raw(switchingHead(call, undefined)).end();
  } else {
    call.respond(200, ['Content-Type', 'application/json'], '{}');
  }
}

/** What is wrong with a request that came upstream; empty when nothing is. */
function problemsOf(request: RecordedRequest, one: WireCase, event: AuditEvent, tokens: readonly string[]): string[] {
  const problems: string[] = [];
  const { method, target, rawHeaders } = request;
  // A path that names no cluster goes to that of the credential, whole.
  const asked = one.target === '' || one.target.startsWith('?') ? `/${one.target}` : one.target;
  const isWhole = target === asked || target === one.prefix + one.target;
  // Node reads a method up to the first of any spaces.
  if (method !== one.method.trim() || !isWhole) problems.push(`came as ${method} ${target}`);
  const attributes = event.request?.attributes;
  const read = readAsKubernetes(method, target);
  if (attributes === undefined || read === undefined) return [...problems, 'has no attributes'];
  if ((attributes.kind === 'resource') !== read.isResource) problems.push(`is audited as ${attributes.kind}`);
  const keys = ['verb', 'apiGroup', 'apiVersion', 'namespace', 'resource', 'subresource', 'name'] as const;
  for (const key of attributes.kind === 'resource' ? keys : (['verb'] as const)) {
    const audited = String(Reflect.get(attributes, key));
    // What looks like a secret is taken out of every text of an event, wherever it stands.
    if (!isSameText(audited, redactText(read[key])))
      problems.push(`${key} is audited as ${audited}, upstream reads ${read[key]}`);
  }
  const identity = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && /impersonate|authorization|x-remote|audit-id/i.test(name)
      ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`]
      : [],
  );
  const due = [
    `audit-id: ${event.request?.id}`,
    `authorization: Bearer ${UPSTREAM_TOKEN}`,
    `impersonate-user: ${one.sender}@demo.test`,
    `impersonate-group: ${GROUP[one.sender]}`,
    `impersonate-extra-sallyport.dev%2fsession: ${event.loginSessionId}`,
  ];
  if (identity.join('\n') !== due.join('\n')) problems.push(`acts as ${identity.join('; ')}`);
  rawHeaders.forEach((text, i) => {
    if (i % 2 === 0 && !MAY_GO_ON.has(text.toLowerCase())) problems.push(`carries ${text}`);
    if (tokens.some((token) => text.includes(token))) problems.push('carries the credential of its sender');
  });
  if (headerValues(rawHeaders, 'sec-websocket-protocol').some((value) => value.includes('base64url.bearer.'))) {
    problems.push('carries a credential as a subprotocol');
  }
  const upgrades = headerValues(rawHeaders, 'upgrade');
  const connections = headerValues(rawHeaders, 'connection').join();
  if (request.protocol === 'http/1.1' && upgrades.length === 0 && connections !== 'keep-alive')
    problems.push(`says Connection: ${connections}`);
  if (upgrades.length > 0) {
    const isKnown = upgrades.length === 1 && ['websocket', 'SPDY/3.1'].includes(upgrades[0] ?? '');
    if (!isKnown || connections !== 'Upgrade') problems.push(`switches by ${connections}: ${upgrades.join()}`);
    if (!STREAMING.has(read.subresource) && read.verb !== 'watch') problems.push('switches where nothing streams');
  }
  const isCore = read.apiGroup === '';
  const isNodeProxy = isCore && read.resource === 'nodes' && [read.verb, read.subresource].includes('proxy');
  const isToken =
    isCore && read.verb === 'create' && read.subresource === 'token' && read.resource === 'serviceaccounts';
  if (one.sender !== 'admin' && (isNodeProxy || isToken)) problems.push('needs a privilege that its sender lacks');
  return problems;
}

it(
  `SEC-A01 SEC-A03 SEC-A05 SEC-A12 SEC-A15 SEC-B01 SEC-B02 SEC-B16 SEC-C04 SEC-F02 what was authorized is what upstream decodes, in ${CASES} requests over both protocols from the seed ${SEED}`,
  async () => {
    const choice = createChoice(SEED);
    const tokenOf = new Map<Sender, string | undefined>([
      ['admin', await stack.token('admin')],
      ['developer', await stack.token('developer')],
      ['viewer', await stack.token('viewer')],
      ['forged', `${(await stack.token('admin')).slice(0, -8)}AAAAAAAA`],
      ['nobody', undefined],
    ]);
    const tokens = [...tokenOf.values()].filter((token) => token !== undefined);
    const http1 = Array.from({ length: LANES }, () => createHttp1Lane(stack.target));
    const http2 = Array.from({ length: LANES }, () => createHttp2Lane(stack.target));
    const cases = new Map<string, { readonly one: WireCase; readonly protocol: Protocol }>();
    const started = new Map<string, AuditEvent>();
    const problems: string[] = [];
    let readLines = stack.log.length;
    const cameBy: Record<string, number> = { 'http/1.1': 0, h2: 0, switched: 0 };
    const blame = (id: string, what: string) => {
      const sent = cases.get(id);
      problems.push(`${sent === undefined ? id : describeCase(sent.one, sent.protocol)}: ${what}`);
    };

    /** Cases of one lane, one after the other; over HTTP/1.1 now and then two at once. */
    async function drive(jobs: readonly (() => Promise<readonly LaneAnswer[]>)[], ids: readonly string[]) {
      for (const [at, job] of jobs.entries()) {
        for (const { isLate } of await job()) if (isLate) blame(ids[at] ?? '', 'is not answered');
      }
    }

    async function sendBatch(from: number, to: number): Promise<void> {
      const lanes = Array.from({ length: 2 * LANES }, () => ({
        jobs: [] as (() => Promise<readonly LaneAnswer[]>)[],
        ids: [] as string[],
      }));
      for (let i = from; i < to; i += 1) {
        const at = i % lanes.length;
        const lane = lanes[at];
        const one = randomWireCase(choice, i);
        const protocol: Protocol = at < LANES ? 'http/1.1' : 'h2';
        cases.set(one.id, { one, protocol });
        const token = tokenOf.get(one.sender);
        lane?.ids.push(one.id);
        if (protocol === 'h2') {
          const fields = asHttp2(one, token, choice);
          lane?.jobs.push(async () => http2[at - LANES]?.send(fields) ?? []);
          continue;
        }
        let bytes = asHttp1(one, token);
        if (choice.index(20) === 0) {
          const behind = randomWireCase(choice, CASES + i);
          cases.set(behind.id, { one: behind, protocol });
          bytes = asHttp1(one, token, asHttp1(behind, tokenOf.get(behind.sender)));
        }
        lane?.jobs.push(async () => http1[at]?.send(bytes) ?? []);
      }
      await Promise.all(lanes.map(({ jobs, ids }) => drive(jobs, ids)));
    }

    /** Compares what came upstream with what was audited. */
    async function compare(): Promise<void> {
      const came = stack.upstream.requests.filter(({ target }) => target !== ALIVE);
      stack.upstream.reset();
      stack.upstream.answer = answer;
      const traceOf = (request: RecordedRequest) => headerValues(request.rawHeaders, 'traceparent').join().slice(3, 35);
      let events: readonly AuditEvent[] = [];
      await awaitCondition(
        async () => {
          events = await stack.auditEvents(4 * BATCH);
          for (const event of events) {
            if (event.code === 'proxy.request.started' && event.traceId !== undefined)
              started.set(event.traceId, event);
          }
          return came.every((request) => started.has(traceOf(request)));
        },
        { what: 'every request that came upstream is audited', timeoutMs: 60_000 },
      ).catch(() => {});
      const denied = new Set(events.flatMap(({ code, traceId }) => (code === 'proxy.request.denied' ? [traceId] : [])));
      const seen = new Set<string>();
      for (const request of came) {
        const id = traceOf(request);
        const sent = cases.get(id);
        const event = started.get(id);
        if (sent === undefined || event === undefined) {
          blame(id, `came upstream unaudited: ${request.method} ${request.target} ${request.rawHeaders.join(' ')}`);
          continue;
        }
        for (const problem of problemsOf(request, sent.one, event, tokens)) blame(id, problem);
        if (denied.has(id)) blame(id, 'was refused and came upstream');
        if (seen.has(id)) blame(id, 'came upstream twice');
        seen.add(id);
        cameBy[sent.protocol] = (cameBy[sent.protocol] ?? 0) + 1;
        if (headerValues(request.rawHeaders, 'upgrade').length > 0) cameBy['switched'] = (cameBy['switched'] ?? 0) + 1;
      }
      const failure = stack.log.slice(readLines).find(({ text }) => text.includes('"level":"error"'));
      if (failure !== undefined) problems.push(failure.text);
      readLines = stack.log.length;
    }

    stack.upstream.answer = answer;
    for (let from = 0; from < CASES && problems.length < 10; from += BATCH) {
      await sendBatch(from, Math.min(CASES, from + BATCH));
      await compare();
      for (const protocol of ['http/1.1', 'h2'] as const) {
        expect((await stack.call(protocol, { path: ALIVE })).status).toBe(200);
      }
    }
    for (const lane of [...http1, ...http2]) lane.close();
    expect(problems).toEqual([]);
    // Requests that are all refused say nothing about those that are not.
    expect(Math.min(cameBy['http/1.1'] ?? 0, cameBy['h2'] ?? 0)).toBeGreaterThan(CASES / 20);
    expect(cameBy['switched']).toBeGreaterThan(CASES / 500);
  },
  Math.max(600_000, CASES * 20),
);
