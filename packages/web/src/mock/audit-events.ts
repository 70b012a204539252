import { type AuditEventResource, auditEventSchema } from '@sallyport/core/api';
import { idOf } from './mock-id.ts';
import { type MockWorld, READER } from './world.ts';

/** Who acts in the made-up log. */
const ACTORS = {
  mira: READER,
  wim: 'wim@halden.test',
  ines: 'ines@halden.test',
  bot: 'serviceaccount:release-bot',
} as const;

/** A call of kubectl, as the log tells it. */
interface Call {
  readonly who: keyof typeof ACTORS;
  readonly minutesAgo: number;
  readonly command: string;
  /** Method, resource, name, milliseconds since the first; `!` in front of what was refused. */
  readonly requests: readonly (readonly [method: string, resource: string, name: string, offsetMs: number])[];
  readonly change?: AuditEventResource['change'];
  readonly recordingId?: string;
}

const CALLS: readonly Call[] = [
  {
    who: 'wim',
    minutesAgo: 1,
    command: 'kubectl delete',
    requests: [['!DELETE', 'pods', 'payout-worker-7c9f4d-x2lqp', 0]],
  },
  {
    who: 'bot',
    minutesAgo: 6,
    command: 'kubectl apply',
    requests: [
      ['GET', 'deployments', 'payout-worker', 0],
      ['PATCH', 'deployments', 'payout-worker', 21],
      ['GET', 'services', 'payout', 48],
      ['PATCH', 'services', 'payout', 66],
    ],
  },
  {
    who: 'ines',
    minutesAgo: 13,
    command: 'kubectl exec',
    requests: [
      ['GET', 'pods', 'payout-worker-7c9f4d-x2lqp', 0],
      ['POST', 'pods/exec', 'payout-worker-7c9f4d-x2lqp', 14],
    ],
    recordingId: 'rec_01jd0000000000000000000001',
  },
  {
    who: 'mira',
    minutesAgo: 24,
    command: 'kubectl rollout restart',
    requests: [
      ['GET', 'deployments', 'payout-worker', 0],
      ['PATCH', 'deployments', 'payout-worker', 16],
    ],
    change: {
      patch: [
        {
          op: 'add',
          path: '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
          value: '2026-11-17T12:58:31Z',
        },
      ],
      undo: [{ op: 'remove', path: '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt' }],
    },
  },
  {
    who: 'mira',
    minutesAgo: 46,
    command: 'kubectl scale',
    requests: [
      ['GET', 'deployments', 'payout-worker', 0],
      ['!PATCH', 'deployments/scale', 'payout-worker', 12],
    ],
  },
  { who: 'wim', minutesAgo: 145, command: 'kubectl get', requests: [['GET', 'pods', '', 0]] },
];

const VERBS: Readonly<Record<string, string>> = { GET: 'get', PATCH: 'patch', DELETE: 'delete', POST: 'create' };

/** Events of a morning at the made-up organization, newest first. */
export function mockAuditEvents(world: Pick<MockWorld, 'now' | 'me'>): readonly AuditEventResource[] {
  const now = world.now.getTime();
  const requests = CALLS.flatMap((call, number) =>
    call.requests.map((request, at) =>
      requestEvent(call, request, world, number * 10 + at, at === call.requests.length - 1),
    ),
  );
  const login = auditEventSchema.parse({
    id: idOf('evt', 900),
    code: 'login.failed',
    at: new Date(now - 31 * 60_000).toISOString(),
    severity: 'warning',
    sourceAddress: '203.0.113.9',
    details: { reason: 'the password is wrong', userName: READER },
  });
  return [...requests, login].toSorted((a, b) => b.at.getTime() - a.at.getTime());
}

function requestEvent(
  call: Call,
  request: Call['requests'][number],
  { now, me }: Pick<MockWorld, 'now' | 'me'>,
  number: number,
  isLast: boolean,
): AuditEventResource {
  const [text, kind, name, offsetMs] = request;
  const isRefused = text.startsWith('!');
  const method = isRefused ? text.slice(1) : text;
  const [resource = '', subresource] = kind.split('/');
  const userName = ACTORS[call.who];
  const id = userName === READER ? me.principal.id : idOf('prn', Object.keys(ACTORS).indexOf(call.who));
  const isApps = resource === 'deployments';
  return auditEventSchema.parse({
    id: idOf('evt', number),
    code: isRefused ? 'proxy.request.denied' : 'proxy.request.completed',
    at: new Date(now.getTime() - call.minutesAgo * 60_000 + offsetMs).toISOString(),
    severity: isRefused ? 'notice' : 'info',
    clusterId: idOf('clu', 1),
    clusterName: 'prod-eu',
    principal: { id, userName, groups: ['payments'], issuer: 'https://sso.halden.test' },
    sourceAddress: '198.51.100.11',
    request: {
      id: idOf('dec', number),
      method,
      path: `/${isApps ? 'apis/apps' : 'api'}/v1/namespaces/payments/${resource}/${name}`,
      attributes: {
        kind: 'resource',
        verb: name === '' ? 'list' : VERBS[method],
        ...(isApps && { apiGroup: 'apps' }),
        apiVersion: 'v1',
        resource,
        ...(subresource !== undefined && { subresource }),
        namespace: 'payments',
        ...(name !== '' && { name }),
      },
      userAgent: 'kubectl/v1.36.1 (linux/amd64) kubernetes/abc',
      kubectlCommand: call.command,
      kubectlSession: idOf('kub', call.minutesAgo),
    },
    decision: isRefused
      ? {
          effect: 'deny',
          reasons: [`${userName} may not ${VERBS[method]} ${kind} in the namespace payments of prod-eu`],
          snapshotVersion: 1_187,
        }
      : {
          effect: 'allow',
          reasons: [`grant ${idOf('gnt', 1)} gives the role edit in the namespace payments of prod-eu`],
          snapshotVersion: 1_187,
          impersonatedUser: userName,
          impersonatedGroups: ['sallyport:edit'],
        },
    outcome: {
      status: isRefused ? 403 : 200,
      bytesSent: 1_834,
      bytesReceived: 210,
      durationMs: isRefused ? 0 : 19,
      ended: isRefused ? 'refused' : 'completed',
      ...(isRefused && { errorCode: 'ERR_PROXY_DENIED' }),
    },
    ...(isLast && call.change && { change: call.change }),
    ...(isLast && call.recordingId && { recordingId: call.recordingId }),
  });
}
