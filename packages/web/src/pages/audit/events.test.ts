import { type AuditEventResource, auditEventSchema, kubectlCommandSchema } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { changesOf, formatPointer } from './change-lines.ts';
import { codeWords, reasonsOf, requestTarget, resultOf, resultWords, sentenceOf } from './event-words.ts';
import { eventsQueryOf, groupEvents, requestsOf, rowOfCommand } from './rows.ts';

const START = Date.parse('2026-11-17T13:58:31.000Z');
const ID = '01jd0000000000000000000000';
const PRINCIPAL = `prn_${ID}`;

function anEvent(given: {
  readonly code?: string;
  readonly offsetMs?: number;
  readonly request?: object | undefined;
  readonly attributes?: object;
  readonly decision?: object | undefined;
  readonly outcome?: object | undefined;
  readonly details?: object;
}): AuditEventResource {
  const { code = 'proxy.request.completed', offsetMs = 0, attributes, details } = given;
  const request = {
    id: 'r1',
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/payments/deployments/payout-worker',
    attributes: {
      ...{ kind: 'resource', verb: 'patch', apiGroup: 'apps', apiVersion: 'v1', resource: 'deployments' },
      ...{ namespace: 'payments', name: 'payout-worker' },
      ...attributes,
    },
    kubectlCommand: 'kubectl rollout restart',
    kubectlSession: 's1',
  };
  return auditEventSchema.parse({
    id: `evt_${ID}`,
    code,
    at: new Date(START + offsetMs).toISOString(),
    severity: 'info',
    clusterName: 'prod-eu',
    principal: { id: PRINCIPAL, userName: 'mira@example.com', groups: [], issuer: 'https://id.test' },
    ...('request' in given ? given.request && { request: { ...request, ...given.request } } : { request }),
    ...('decision' in given
      ? given.decision && { decision: given.decision }
      : {
          decision: {
            effect: 'allow',
            reasons: ['grant gnt_01jd0000000000000000000001 covers it'],
            snapshotVersion: 7,
          },
        }),
    ...('outcome' in given
      ? given.outcome && { outcome: given.outcome }
      : { outcome: { status: 200, bytesSent: 1, bytesReceived: 1, durationMs: 19, ended: 'completed' } }),
    ...(details && { details }),
  });
}

const said = (event: AuditEventResource, own?: string) =>
  sentenceOf(event, own)
    .map(({ text, isStrong }) => (isStrong ? `*${text}*` : text))
    .join('');
const refusal = { effect: 'deny', reasons: ['mira may not'], snapshotVersion: 7 };

describe('an event as a sentence', () => {
  for (const { name, event, own, want } of [
    {
      name: 'of one’s own',
      event: anEvent({}),
      own: PRINCIPAL,
      want: '*You* changed *deployments payout-worker* in *payments* on *prod-eu*',
    },
    {
      name: 'of somebody who was refused',
      event: anEvent({ code: 'proxy.request.denied', decision: refusal, attributes: { verb: 'delete' } }),
      want: '*mira@example.com* was refused: delete *deployments payout-worker* in *payments* on *prod-eu*',
    },
    {
      name: 'of a terminal',
      event: anEvent({
        attributes: { verb: 'create', apiGroup: undefined, resource: 'pods', subresource: 'exec', name: 'web' },
      }),
      want: '*mira@example.com* ran a command in *pods web* in *payments* on *prod-eu*',
    },
    {
      name: 'that is no request',
      event: anEvent({ code: 'login.passkey_failed', request: undefined, decision: undefined, outcome: undefined }),
      want: '*mira@example.com*: login passkey failed on *prod-eu*',
    },
    {
      name: 'about a path',
      event: anEvent({
        request: { method: 'GET', path: '/version', attributes: { kind: 'nonResource', verb: 'get' } },
      }),
      want: '*mira@example.com* asked for *GET /version* on *prod-eu*',
    },
  ]) {
    it(`says one ${name}`, () => expect(said(event, own)).toBe(want));
  }

  it('says how it came out', () => {
    const ended = (end: string, status = 200) =>
      anEvent({ outcome: { status, bytesSent: 0, bytesReceived: 0, durationMs: 1, ended: end } });
    expect(
      [ended('completed'), ended('completed', 404), ended('accessEnded'), ended('tunnelLost')].map(resultWords),
    ).toEqual(['200', '404', 'access ended', 'tunnel lost']);
    expect(resultOf(anEvent({ decision: refusal }))).toBe('refused');
    expect(resultOf(anEvent({ outcome: undefined }))).toBe('running');
    expect(resultOf(anEvent({ code: 'login.failed', decision: undefined, outcome: undefined }))).toBe('failed');
    expect(resultWords(anEvent({ code: 'role.created', decision: undefined, outcome: undefined }))).toBe('');
    expect(codeWords('access_request.broke_glass')).toBe('access request broke glass');
  });

  it('numbers the reasons, with the grant that they name and what the cluster saw', () => {
    const event = anEvent({
      decision: {
        effect: 'allow',
        reasons: ['grant gnt_01jd0000000000000000000001 covers it'],
        snapshotVersion: 1_187,
        impersonatedUser: 'mira@example.com',
        impersonatedGroups: ['sallyport:edit'],
      },
    });
    expect(reasonsOf(event)).toEqual([
      { text: 'Grant gnt_01jd0000000000000000000001 covers it', id: 'gnt_01jd0000000000000000000001' },
      { text: 'The cluster saw mira@example.com', note: 'in sallyport:edit' },
      { text: 'Decided here', note: 'policy version 1187' },
    ]);
    expect(reasonsOf(anEvent({ decision: undefined }))).toEqual([]);
  });

  it('says what a request asked for', () => {
    expect(requestTarget(anEvent({}))).toBe('apps/v1 deployments/payout-worker');
    expect(requestTarget(anEvent({ request: undefined, details: { reason: 'x', ids: ['a', 'b'] } }))).toBe(
      'reason=x ids=a, b',
    );
  });
});

describe('rows by the call of kubectl', () => {
  const command = kubectlCommandSchema.parse({
    id: 'r0',
    command: 'kubectl rollout restart',
    groupedBy: 'session',
    user: 'mira@example.com',
    kubectlSession: 's1',
    startedAt: new Date(START).toISOString(),
    durationMs: 35,
    outcome: 'succeeded',
    requestCount: 2,
    requests: ['r0', 'r1'],
    recordings: [],
  });
  const events = [
    anEvent({ code: 'proxy.request.started', request: { id: 'r0' }, outcome: undefined }),
    anEvent({ offsetMs: 11, request: { id: 'r0' } }),
    anEvent({ code: 'proxy.request.started', offsetMs: 16, outcome: undefined }),
    anEvent({ offsetMs: 35 }),
    anEvent({ offsetMs: 20, request: { id: 'other' } }),
  ];

  it('have their requests once each, from when they began', () => {
    expect(requestsOf(command, events).map(({ id, offsetMs, event }) => [id, offsetMs, event.code])).toEqual([
      ['r0', 0, 'proxy.request.completed'],
      ['r1', 16, 'proxy.request.completed'],
    ]);
    expect(rowOfCommand(command)).toMatchObject({ title: 'kubectl rollout restart', requestCount: 2 });
  });

  it('ask for the events of a command by its session, or by person, cluster and time', () => {
    expect(eventsQueryOf(command, START + 60_000)).toEqual({
      from: '2026-11-17T13:58:29.000Z',
      to: '2026-11-17T13:58:33.035Z',
      category: 'proxy',
      order: 'oldest',
      limit: 1_000,
      kubectlSession: 's1',
    });
    const { kubectlSession: _, durationMs: __, ...correlated } = command;
    expect(eventsQueryOf({ ...correlated, principalId: PRINCIPAL as never }, START + 1_000)).toMatchObject({
      to: '2026-11-17T13:58:32.000Z',
      principal: PRINCIPAL,
    });
  });

  it('are put together from events where the server lists these', () => {
    const login = anEvent({ code: 'login.succeeded', request: undefined, decision: undefined, outcome: undefined });
    const rows = groupEvents([
      ...events.slice(0, 4),
      anEvent({ offsetMs: 50, request: { id: 'r2' }, decision: refusal }),
      login,
    ]);
    expect(rows.map(({ title, requestCount, outcome }) => [title, requestCount, outcome])).toEqual([
      ['kubectl rollout restart', 3, 'denied'],
      ['login.succeeded', 1, undefined],
    ]);
  });
});

describe('what a write changed', () => {
  it('is shown place by place, with what was there before where that is known', () => {
    const changes = changesOf({
      patch: [
        { op: 'replace', path: '/spec/replicas', value: 6 },
        { op: 'add', path: '/metadata/annotations/kubectl.kubernetes.io~1restartedAt', value: 'now' },
        { op: 'remove', path: '/metadata/labels/old' },
        { op: 'test', path: '/x', value: 1 },
      ],
      undo: [
        { op: 'add', path: '/metadata/labels/old', value: 'yes' },
        { op: 'remove', path: '/metadata/annotations/kubectl.kubernetes.io~1restartedAt' },
        { op: 'replace', path: '/spec/replicas', value: 3 },
      ],
    });
    expect(changes).toEqual([
      { path: 'spec.replicas', removed: ['3'], added: ['6'] },
      { path: 'metadata.annotations["kubectl.kubernetes.io/restartedAt"]', removed: [], added: ['"now"'] },
      { path: 'metadata.labels.old', removed: ['"yes"'], added: [] },
    ]);
    expect(formatPointer('/spec/containers/0/image')).toBe('spec.containers[0].image');
    expect(formatPointer('')).toBe('');
  });
});
