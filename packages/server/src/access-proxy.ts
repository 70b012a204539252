import type { Duplex } from 'node:stream';
import type { AuditPipeline } from '@sallyport/audit';
import type { OutsideAuthorizer } from '@sallyport/authz';
import { type Clock, createId, type Logger, type LoginSessionId, silentLogger, systemClock } from '@sallyport/core';
import type { CapabilitySigner, CredentialVerifier } from '@sallyport/core/credentials';
import { createNamespaceLabels, type NamespaceLabels } from './access/namespace-labels.ts';
import { findStepUpNeed } from './access/step-up-demand.ts';
import { stepUpCommand } from './authn/step-up.ts';
import { type AccessLimiter, createAccessLimiter } from './limits/access-limiter.ts';
import { createRefusalTally } from './limits/refusal-tally.ts';
import type { ClientCertificateVerifier } from './pki/user-authority.ts';
import {
  type Admission,
  type Facts,
  locationMatches,
  type Refused,
  readRequest,
  unknownCluster,
} from './proxy/admit.ts';
import { type AskOutside, createAskOutside } from './proxy/ask-outside.ts';
import { type Authenticated, authenticate, authenticateCertificate, readBearer } from './proxy/authenticate.ts';
import { createDecider } from './proxy/decide.ts';
import { decideRequest } from './proxy/decide-request.ts';
import { createLiveStreams } from './proxy/enforcement/live-streams.ts';
import { createForwarder } from './proxy/forward.ts';
import { type Location, locateByHost, locateByPath } from './proxy/locate.ts';
import { createRequestRecorder } from './proxy/record.ts';
import type { SessionRecordings } from './proxy/recording/session-recordings.ts';
import { type OwnAnswer, type Refusal, refusalAnswer, refusalStatus, STALE } from './proxy/refusal.ts';
import type { ProxyRequest, ResponseSink } from './proxy/request.ts';
import { createRequestInspector } from './proxy/request-content/inspect.ts';
import type { InspectionLimits } from './proxy/request-content/limits.ts';
import type { AnswerLimits } from './proxy/response/limits.ts';
import { reviewKindOf } from './proxy/review/read-review.ts';
import { type Answered, createReviews } from './proxy/review/review.ts';
import { type RequestTraces, untraced } from './proxy/trace.ts';
import { refreshBriefly } from './refresh-briefly.ts';
import type { SnapshotSource } from './snapshot.ts';
import type { ClusterTunnels } from './tunnels/cluster-tunnels.ts';
import type { UpstreamAccess } from './upstream-access/upstream-access.ts';

/** Options of {@link createAccessProxy}. */
export interface AccessProxyOptions {
  readonly credentials: CredentialVerifier;
  /** Verifies client certificates. Absent: none is taken. */
  readonly certificates?: ClientCertificateVerifier;
  readonly snapshots: SnapshotSource;
  /** Where requests go: a tunnel registry, or one together with other servers. */
  readonly tunnels: ClusterTunnels;
  readonly capabilities: CapabilitySigner;
  readonly audit: AuditPipeline;
  /** Per-cluster host names: `<cluster>.<domain>` in the default organization, else `<cluster>.<organization>.<domain>`. */
  readonly hosts?: { readonly domain: string; readonly defaultOrganization: string };
  /** Public address of the server, for links to the page where access is asked for. Absent: denials have no link. */
  readonly publicUrl?: string;
  /** Labels of namespaces, for scopes that select by them. Absent: none are known, and such scopes reach nothing. */
  readonly namespaceLabels?: NamespaceLabels;
  /**
   * Knows whether people are bound in clusters where they act by bindings of their own. Absent: in such clusters nobody may do
   * anything.
   */
  readonly upstreamAccess?: Pick<UpstreamAccess, 'ready'>;
  /** Holds principals to their limits. Defaults to one that counts what this proxy carries; whoever hands one in closes it. */
  readonly limiter?: AccessLimiter;
  /**
   * Asked about each request that the policy allows, but for those of the server itself: it can only take away. What it says counts for
   * the moment of the request; streams stay open, and `kubectl auth can-i` is answered, by the policy alone.
   */
  readonly outsideAuthorizer?: OutsideAuthorizer;
  /** Bounds of what is held of answers that have to be filtered or masked. */
  readonly answerLimits?: AnswerLimits;
  /** Bounds of what is read of requests whose bodies are decided on. */
  readonly inspectionLimits?: InspectionLimits;
  /** Called for each request of a login session, so that it does not end for want of use. */
  readonly onSessionUse?: (id: LoginSessionId) => void;
  /** Where requests are traced. Defaults to nowhere: traces that clients begin go on upstream as they are. */
  readonly traces?: RequestTraces;
  /** Records terminals. Absent: none is recorded, and those that must be do not open. Whoever hands it in closes it. */
  readonly recordings?: SessionRecordings;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The access proxy: authenticates, decides, records and carries requests to clusters. */
export interface AccessProxy {
  /** Serves one request. Never rejects: failures become Kubernetes Status bodies. */
  handle(request: ProxyRequest, sink: ResponseSink): Promise<void>;
  /**
   * Serves one request that asks for a protocol switch. `sink` answers as long as nothing was switched; once upstream
   * says 101, `takeOver` yields the raw downstream. Never rejects.
   */
  upgrade(request: ProxyRequest, sink: ResponseSink, takeOver: () => Duplex): Promise<void>;
  /**
   * Serves a request of somebody who is known already: one of our own principals (cluster inventory), or the person of a
   * browser's session. It goes through every stage but the credential check: it is decided, recorded and impersonated like
   * anybody's. The target is without our own prefix. With `takeOver`, it may switch protocols, as in {@link upgrade}.
   */
  handleInternal(who: Authenticated, request: ProxyRequest, sink: ResponseSink, takeOver?: () => Duplex): Promise<void>;
  /** Requests under way. */
  readonly activeCount: number;
  /** Ends open streams with a reason and stops listening to changes. */
  close(): void;
}

/** Refusals for want of a record that may be on its way here from another server. */
const MAY_BE_NEW: ReadonlySet<string> = new Set(['ERR_PROXY_SESSION_ENDED', 'ERR_PROXY_CLUSTER_UNKNOWN']);

const STOPPING: Refusal = {
  code: 'ERR_PROXY_SERVER_STOPPING',
  message: 'the server is stopping. Run the command again in a moment.',
};

/** Makes an access proxy. Does no work of its own until a request comes. */
export function createAccessProxy(options: AccessProxyOptions): AccessProxy {
  const { snapshots, traces = untraced, clock = systemClock, logger = silentLogger } = options;
  const recorder = createRequestRecorder(options.audit, clock);
  const namespaceLabels = options.namespaceLabels ?? createNamespaceLabels({ clock });
  const decider = createDecider(namespaceLabels, options.publicUrl);
  const live = createLiveStreams(snapshots, clock);
  const inspector = createRequestInspector(clock, options.inspectionLimits);
  const { outsideAuthorizer } = options;
  const askOutside: AskOutside | undefined =
    outsideAuthorizer && createAskOutside({ authorize: outsideAuthorizer, decider, snapshots, clock, logger });
  const limiter = options.limiter ?? createAccessLimiter({ clock });
  const tally = createRefusalTally(recorder, clock);
  const forwarder = createForwarder({
    tunnels: options.tunnels,
    capabilities: options.capabilities,
    recorder,
    decider,
    live,
    snapshots,
    namespaceLabels,
    ...(options.answerLimits && { answerLimits: options.answerLimits }),
    ...(options.recordings && { recordings: options.recordings }),
    clock,
    logger,
  });

  const reviews = createReviews({ decider, inspector, snapshots, clock, carry });

  /** The cluster that host or path name; `undefined` when neither does, and only the credential can. */
  function locate(request: ProxyRequest): Location | undefined {
    const { hosts } = options;
    const byHost = hosts && locateByHost(request.host, request.target, hosts.domain, hosts.defaultOrganization);
    return byHost ?? locateByPath(request.target);
  }

  /** Who asks. Whoever is not known here may have been let in by another server just now. */
  async function identify(request: ProxyRequest): Promise<Authenticated | Refusal> {
    const who = await identifyNow(request);
    if (!('code' in who) || !MAY_BE_NEW.has(who.code)) return who;
    await refreshBriefly(snapshots, clock);
    return identifyNow(request);
  }

  async function identifyNow(request: ProxyRequest): Promise<Authenticated | Refusal> {
    const { clientCertificate, headers } = request;
    const at = new Date(clock.now());
    if (clientCertificate !== undefined) {
      return authenticateCertificate(clientCertificate, headers, options.certificates, snapshots.current(), at);
    }
    const token = readBearer(headers);
    if (typeof token !== 'string') return token;
    return authenticate(token, options.credentials, () => snapshots.current(), at);
  }

  /** Everything before the request may go upstream, in the order in which a refusal is safe to give. */
  async function admit(facts: Facts, known?: Authenticated): Promise<Admission | Answered | Refused> {
    const { request } = facts;
    if (!snapshots.isFresh()) return { facts, refusal: STALE };
    const who = known ?? (await identify(request));
    if ('code' in who) return { facts, refusal: who };
    const identified: Facts = { ...facts, who };
    const snapshot = snapshots.current();
    if (facts.location !== undefined && !locationMatches(snapshot, facts.location, who.cluster)) {
      return { facts: identified, refusal: unknownCluster(facts.location) };
    }
    const lacks = findStepUpNeed(snapshot, who.principal, who.session, new Date(clock.now()), who.cluster);
    if (lacks !== undefined) {
      const message = `${lacks.need}. Run \`${stepUpCommand(lacks.demand)}\`, then try again.`;
      return { facts: identified, refusal: { code: 'ERR_PROXY_STEP_UP_REQUIRED', message } };
    }
    if (who.session !== undefined) options.onSessionUse?.(who.session.id);
    const reading = readRequest(request, facts.location?.target ?? request.target);
    if ('code' in reading) return { facts: identified, refusal: reading };
    const { attributes, target, upgrade, actAs } = reading;
    const question = { attributes, ...(actAs && { actAs }) };
    const asked = { ...identified, who, attributes, target, question, ...(upgrade && { upgrade }) };
    const review = reviewKindOf(attributes);
    if (review !== undefined) return reviews.review(review, asked);
    return decideRequest(asked, { decider, inspector, snapshots, ...(askOutside && { askOutside }), clock });
  }

  /** Takes an admitted request through what stands between its decision and the cluster. */
  async function carry(admitted: Admission, sink: ResponseSink, takeOver?: () => Duplex): Promise<void> {
    const { who, decision } = admitted;
    const isSystem = who.principal.kind === 'system';
    const unready = await options.upstreamAccess?.ready({ cluster: who.cluster, isSystem }, decision);
    if (unready !== undefined) return refuse(admitted, unready, sink);
    const passage = limiter.enter(admitted);
    if ('code' in passage) return refuseByLimit(admitted, passage, sink);
    try {
      await forwarder.forward(admitted, sink, takeOver, passage.pace);
    } finally {
      passage.leave();
    }
  }

  async function serve(
    request: ProxyRequest,
    sink: ResponseSink,
    takeOver?: () => Duplex,
    known?: Authenticated,
  ): Promise<void> {
    const location = known === undefined ? locate(request) : undefined;
    const facts: Facts = {
      requestId: createId('decision', clock.now()),
      trace: traces.begin(request),
      request,
      ...(location && { location }),
    };
    let releaseBody: (() => void) | undefined;
    try {
      const admitted = await facts.trace.time('admit', () => admit(facts, known));
      ({ releaseBody } = 'facts' in admitted ? admitted.facts : admitted);
      if ('refusal' in admitted) return await refuse(admitted.facts, admitted.refusal, sink);
      if ('answer' in admitted) return await answerHere(admitted, sink);
      if (admitted.upgrade !== undefined && takeOver === undefined) {
        const refusal: Refusal = {
          code: 'ERR_PROXY_UPGRADE_REFUSED',
          message: 'this connection can not switch protocols.',
        };
        return await refuse(admitted, refusal, sink);
      }
      await carry(admitted, sink, takeOver);
    } catch (error) {
      logger.error({ err: error, requestId: facts.requestId }, 'request failed inside the proxy');
      answer(
        { code: 'ERR_PROXY_INTERNAL', message: `the server failed (request ${facts.requestId}).` },
        sink,
        request.target,
      );
    } finally {
      releaseBody?.();
      facts.trace.end(facts, undefined);
    }
  }

  async function answerHere({ facts, answer: { status, headers, body } }: Answered, sink: ResponseSink): Promise<void> {
    await recorder.answered(facts, status, body.length);
    send({ status, headers, body }, sink);
  }

  function refuseByLimit(facts: Facts, refusal: Refusal, sink: ResponseSink): void {
    tally.count(facts, refusal);
    answer(refusal, sink, facts.request.target);
  }

  async function refuse(facts: Facts, refusal: Refusal, sink: ResponseSink): Promise<void> {
    const flood = facts.who && limiter.refused(facts.who);
    if (flood !== undefined) return refuseByLimit(facts, flood, sink);
    await recorder.denied(facts, refusal, refusalStatus(refusal).code);
    answer(refusal, sink, facts.request.target);
  }

  return {
    handle: (request, sink) => serve(request, sink),
    upgrade: (request, sink, takeOver) => serve(request, sink, takeOver),
    handleInternal: (who, request, sink, takeOver) => serve(request, sink, takeOver, who),
    get activeCount() {
      return live.size;
    },
    close() {
      live.close(STOPPING);
      tally.close();
      if (options.limiter === undefined) void limiter.close();
    },
  };
}

function answer(refusal: Refusal, sink: ResponseSink, target: string): void {
  send(refusalAnswer(refusal, target), sink);
}

function send({ status, headers, body }: OwnAnswer, sink: ResponseSink): void {
  sink.head(status, headers);
  sink.write(body, () => {});
  sink.end([]);
}
