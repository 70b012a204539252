import type { RecordingHeader } from '@sallyport/audit/recording';
import type { RequestAttributes, SessionRecordingId } from '@sallyport/core';
import type { RecordingKind } from '../../stores/contracts.ts';
import type { Admission } from '../admit.ts';

/** What a request says of the session that it opens. */
export interface SessionFacts {
  readonly kind: RecordingKind;
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly command?: readonly string[];
  readonly isTty: boolean;
}

const KINDS: ReadonlyMap<string, RecordingKind> = new Map([
  ['exec', 'exec'],
  ['attach', 'attach'],
  ['portforward', 'portForward'],
]);

/** As much is kept of a command line, in characters. */
const MAX_COMMAND = 32_768;

/** Reads the session that an upgrade opens; `undefined` for what is none: a watch, a log, a proxied request. */
export function describeSession({ attributes, target, upgrade }: Admission): SessionFacts | undefined {
  const kind = sessionKindOf(attributes);
  if (kind === undefined || attributes.kind !== 'resource' || upgrade === undefined) return undefined;
  const query = target.indexOf('?');
  const parameters = new URLSearchParams(query < 0 ? '' : target.slice(query + 1));
  const container = parameters.get('container');
  const command = kind === 'exec' ? cut(parameters.getAll('command')) : undefined;
  return {
    kind,
    namespace: attributes.namespace,
    pod: attributes.name,
    ...(container && { container }),
    ...(command && { command }),
    isTty: isTrue(parameters.get('tty')),
  };
}

/** The kind of session that a request of these attributes opens. */
export function sessionKindOf(attributes: RequestAttributes): RecordingKind | undefined {
  return attributes.kind === 'resource' ? KINDS.get(attributes.subresource) : undefined;
}

/** What the recording says of the session before anything else. What the terminal is called and its size are not known yet. */
export function headerOf({ who }: Admission, facts: SessionFacts, at: Date): RecordingHeader {
  const { namespace, pod, container, command, kind } = facts;
  const place = `${namespace}/${pod}${container === undefined ? '' : `/${container}`}`;
  return {
    width: 80,
    height: 24,
    timestamp: Math.floor(at.getTime() / 1_000),
    title: `${who.principal.userName} ${kind} ${who.cluster.name} ${place}`,
    ...(command && { command: command.join(' ') }),
    env: { TERM: 'xterm-256color' },
  };
}

/** What an audit event of a recording says of the session. */
export function sessionFacts(
  { who, request, requestId, attributes, trace }: Admission,
  recordingId: SessionRecordingId,
) {
  const { principal, cluster, session } = who;
  return {
    organizationId: principal.organizationId,
    clusterId: cluster.id,
    clusterName: cluster.name,
    principal: { id: principal.id, userName: principal.userName, groups: principal.groups, issuer: principal.issuer },
    ...(session && { loginSessionId: session.id }),
    sourceAddress: request.peerAddress,
    traceId: trace.id,
    request: { id: requestId, method: request.method, path: attributes.path, attributes },
    recordingId,
  };
}

/** As Go reads a boolean parameter of the Kubernetes API: anything but these is true, and so is being there without a value. */
function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function cut(command: readonly string[]): readonly string[] {
  let left = MAX_COMMAND;
  return command.flatMap((word) => {
    if (left <= 0) return [];
    const kept = word.slice(0, left);
    left -= word.length;
    return [kept];
  });
}
