import type { Duplex } from 'node:stream';
import type { AuditOutcome } from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import type { CapabilitySigner, SignedCapability } from '@sallyport/core/credentials';
import { type Exchange, openExchange, type ResponseHead } from '@sallyport/tunnel/http';
import { type Pump, pumpReadable } from '@sallyport/tunnel/node';
import type { NamespaceLabels } from '../access/namespace-labels.ts';
import type { PacedStream } from '../limits/byte-pacer.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { ClusterTunnels, TunnelWay } from '../tunnels/cluster-tunnels.ts';
import type { Admission } from './admit.ts';
import { describeUnsigned } from './capability.ts';
import type { ChangeTap } from './change/change-tap.ts';
import { createChangeObserver } from './change/observe-changes.ts';
import type { Decider } from './decide.ts';
import { createPlainDownstream, type Downstream } from './downstream.ts';
import { endsSoonWarning, withWarning } from './enforcement/ends-soon.ts';
import { createEnforcedStream, type EnforcedStream, signFor } from './enforcement/enforced-stream.ts';
import type { LiveStreams } from './enforcement/live-streams.ts';
import { describeFailure, describeUnopened } from './failure.ts';
import { upstreamRequestHeaders } from './headers.ts';
import type { RequestRecorder } from './record.ts';
import { describeSession } from './recording/describe-session.ts';
import { NODE_NOT_RECORDABLE, NOT_RECORDABLE, type RecordedSession } from './recording/recorded-session.ts';
import type { SessionRecordings } from './recording/session-recordings.ts';
import { type Refusal, refusalStatus } from './refusal.ts';
import { withWaysBeyond } from './refused-by-cluster.ts';
import type { ResponseSink } from './request.ts';
import { beginWatch } from './response/begin-watch.ts';
import { type AnswerLimits, resolveAnswerLimits } from './response/limits.ts';
import { planAnswer } from './response/plan.ts';
import { createReadDownstream, type ReadDownstreamOptions } from './response/read-downstream.ts';
import { createUpgradedDownstream, type UpgradedDownstream, upgradeEventsOf } from './upgrade.ts';

/** What a forwarder works with. */
export interface ForwarderOptions {
  readonly tunnels: ClusterTunnels;
  readonly capabilities: CapabilitySigner;
  readonly recorder: RequestRecorder;
  readonly decider: Decider;
  readonly live: LiveStreams;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  /** For views that select namespaces by labels. */
  readonly namespaceLabels: NamespaceLabels;
  readonly answerLimits?: AnswerLimits;
  /** Absent: nothing is recorded, and what must be does not open. */
  readonly recordings?: SessionRecordings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Carries admitted requests through a tunnel and writes down how they went. */
export interface Forwarder {
  /** Resolves when the request is over and its outcome recorded. `pace` says when bytes of the answer may pass. */
  forward(admission: Admission, sink: ResponseSink, takeOver?: () => Duplex, pace?: PacedStream): Promise<void>;
}

const UNPACED: PacedStream = { pass: (_bytes, go) => go(), stop() {} };

/** Makes a forwarder. */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const { tunnels, recorder, decider, live, snapshots, namespaceLabels, clock, logger } = options;
  const limits = resolveAnswerLimits(options.answerLimits);
  const changes = createChangeObserver(options);

  function agentAway(admission: Admission): Refusal {
    const { id, name } = admission.who.cluster;
    // kubectl waits silently on Retry-After: right for a reconnect, wrong for an agent that is gone for good.
    const isReconnecting = tunnels.isReconnecting(id);
    return {
      code: 'ERR_PROXY_AGENT_AWAY',
      message: `no agent of cluster "${name}" is connected. Check the agent's pods and logs in that cluster.`,
      ...(isReconnecting && { retryAfterSeconds: 1 }),
    };
  }

  function run(
    admission: Admission,
    via: TunnelWay,
    capability: SignedCapability,
    sink: ResponseSink,
    takeOver: (() => Duplex) | undefined,
    pace: PacedStream,
    reading: ReadDownstreamOptions | undefined,
    change: ChangeTap | undefined,
    session: RecordedSession | undefined,
  ): Promise<AuditOutcome> {
    const startedMs = clock.monotonicMs();
    const clusterName = admission.who.cluster.name;
    return new Promise((resolve) => {
      let bytesSent = 0;
      let bytesReceived = 0;
      let isOver = false;
      let upstreamEnded = false;
      let unregister = (): void => {};

      const finish = (ended: AuditOutcome['ended'], refusal?: Refusal) => {
        if (isOver) return;
        isOver = true;
        unregister();
        pump?.stop();
        pace.stop();
        // What of the body nobody wants any more is read away, so that the connection can carry the next request.
        admission.request.body?.resume();
        resolve({
          status: downstream.status,
          bytesSent,
          bytesReceived,
          durationMs: Math.round(clock.monotonicMs() - startedMs),
          ended,
          ...(refusal && { errorCode: refusal.code, reason: refusal.message }),
        });
      };
      const fail = (refusal: Refusal, ended: AuditOutcome['ended']) => {
        if (isOver) return;
        downstream.fail(refusal);
        finish(ended, refusal);
      };
      /** Ends what can't go on; whether it did. */
      const stopOn = (refusal: Refusal | undefined): boolean => {
        if (refusal === undefined) return false;
        exchange.reset('cancelled');
        fail(refusal, 'reset');
        return true;
      };
      const cancelled = () => {
        if (isOver) return;
        exchange.reset('cancelled');
        finish(upstreamEnded ? 'completed' : 'cancelled');
      };

      let pump: Pump | undefined;
      let upgraded: UpgradedDownstream | undefined;
      if (admission.upgrade !== undefined && takeOver !== undefined) {
        const events = upgradeEventsOf(
          () => exchange,
          (bytes) => {
            bytesReceived += bytes;
          },
          cancelled,
        );
        upgraded = createUpgradedDownstream(admission, admission.upgrade, { sink, takeOver, events, session, clock });
      }
      const plain = createPlainDownstream(sink, admission.attributes, clock);
      const downstream: Downstream = reading === undefined ? (upgraded ?? plain) : createReadDownstream(plain, reading);

      const requestHead = {
        method: admission.request.method,
        target: admission.target,
        headers: upstreamRequestHeaders(
          admission.request.headers,
          admission.upgrade,
          reading?.plan.accept,
          admission.trace.goUpstream(),
        ),
        upgrade: admission.upgrade !== undefined,
        capability: capability.token,
        decisionId: admission.requestId,
      };
      let exchange: Exchange;
      const stream: EnforcedStream = createEnforcedStream(options, admission, capability, {
        end(refusal) {
          exchange.reset('accessEnded');
          fail(refusal, 'accessEnded');
        },
        renew(token) {
          if (!isOver) exchange.renew(token);
        },
      });
      try {
        exchange = openExchange(via.tunnel, requestHead, {
          onHead(head) {
            change?.head(head);
            stopOn(passHead(downstream, head, clusterName));
          },
          onData(chunk) {
            bytesSent += chunk.length;
            change?.received(chunk);
            pace.pass(chunk.length, () => {
              if (!isOver) stopOn(downstream.data(chunk, () => exchange.consumed(chunk.length)));
            });
          },
          onEnd(trailers) {
            pace.pass(0, () => {
              if (isOver) return;
              upstreamEnded = true;
              if (stopOn(downstream.end(trailers))) return;
              if (upgraded === undefined || downstream.status !== 101) finish('completed');
            });
          },
          onReset(error) {
            const failure = describeFailure(error, clusterName);
            const refusal = error.resetCode === 'capabilityExpired' ? stream.endedByAgent() : undefined;
            fail(refusal ?? failure.refusal, failure.ended);
          },
          onDrain: () => (upgraded === undefined ? pump?.resume() : upgraded.resume()),
        });
      } catch (error) {
        // Started is recorded, so this needs an outcome too.
        const refusal = describeUnopened(error, clusterName);
        if (refusal.code === 'ERR_PROXY_INTERNAL') {
          logger.error({ err: error, requestId: admission.requestId }, 'a request could not be opened');
        }
        return fail(refusal, 'refused');
      }

      session?.onFailure((refusal) => stopOn(refusal));
      if (isOver) return;
      unregister = live.add(stream);
      // It may have ended right there.
      if (isOver) return unregister();
      sink.onGone(cancelled);

      if (upgraded !== undefined) return;
      const { body } = admission.request;
      if (body === undefined) return exchange.end();
      const counted = {
        write(chunk: Uint8Array) {
          bytesReceived += chunk.length;
          change?.sent(chunk);
          return exchange.write(chunk);
        },
        end: () => exchange.end(),
        reset: () => cancelled(),
        consumed() {},
      };
      pump = pumpReadable(body, counted);
    });
  }

  /** Answers a request that was admitted and could not be carried; nothing of it went upstream. */
  async function refuse(admission: Admission, refusal: Refusal, sink: ResponseSink): Promise<void> {
    await recorder.denied(admission, refusal, refusalStatus(refusal).code);
    createPlainDownstream(sink, admission.attributes, clock).fail(refusal);
  }

  /** Ends a request that was started and could not be carried. */
  function giveUp(
    admission: Admission,
    refusal: Refusal,
    ended: AuditOutcome['ended'],
    startedMs: number,
    sink: ResponseSink,
  ): Promise<void> {
    const downstream = createPlainDownstream(sink, admission.attributes, clock);
    downstream.fail(refusal);
    const outcome = { status: downstream.status, bytesSent: 0, bytesReceived: 0, errorCode: refusal.code };
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    return recorder.completed(admission, { ...outcome, durationMs, ended });
  }

  return {
    async forward(admission, plainSink, takeOver, pace = UNPACED) {
      const warning = endsSoonWarning(decider, admission, snapshots.current(), new Date(clock.now()));
      const warned = warning === undefined ? plainSink : withWarning(plainSink, warning);
      const sink = withWaysBeyond(warned, () =>
        decider.waysBeyond(admission, snapshots.current(), new Date(clock.now())),
      );
      const isRecorded = admission.decision.obligations.some(({ kind }) => kind === 'record');
      if (isRecorded && (options.recordings === undefined || describeSession(admission) === undefined)) {
        const isOfNode = admission.attributes.kind === 'resource' && admission.attributes.resource === 'nodes';
        return refuse(admission, isOfNode ? NODE_NOT_RECORDABLE : NOT_RECORDABLE, sink);
      }
      const plan = planAnswer(admission, namespaceLabels);
      if (plan !== undefined && 'code' in plan) return refuse(admission, plan, sink);
      const found = tunnels.pick(admission.who.cluster.id);
      const via = found instanceof Promise ? await found : found;
      if (via === undefined) {
        return refuse(admission, agentAway(admission), sink);
      }
      let capability: SignedCapability;
      try {
        capability = await signFor(options, admission);
      } catch (error) {
        const refusal = describeUnsigned(error);
        if (refusal === undefined) throw error;
        logger.warn({ err: error, requestId: admission.requestId }, 'no capability was signed for a request');
        return refuse(admission, refusal, sink);
      }
      try {
        await admission.trace.time('record', () => recorder.started(admission));
      } catch (error) {
        logger.error({ err: error, requestId: admission.requestId }, 'the audit event of a request was not taken');
        const refusal: Refusal = {
          code: 'ERR_PROXY_AUDIT_UNAVAILABLE',
          message: 'the request could not be recorded in the audit log, so it was not run.',
          retryAfterSeconds: 1,
        };
        createPlainDownstream(sink, admission.attributes, clock).fail(refusal);
        // The start may be taken after all, later: then it has its outcome too. Nobody waits for that.
        const status = refusalStatus(refusal).code;
        const outcome = { status, bytesSent: 0, bytesReceived: 0, durationMs: 0, errorCode: refusal.code } as const;
        void recorder.completed(admission, { ...outcome, ended: 'refused' });
        return;
      }
      const startedMs = clock.monotonicMs();
      const watched = await beginWatch(
        via,
        plan,
        { capability: capability.token, decisionId: admission.requestId },
        sink,
        limits,
      );
      if (watched !== undefined && 'code' in watched) {
        return giveUp(admission, watched, 'reset', startedMs, sink);
      }
      const session = await options.recordings?.begin(admission);
      if (session !== undefined && 'code' in session) return giveUp(admission, session, 'refused', startedMs, sink);
      const reading = plan && { plan, limits, ...(watched && { watched }) };
      const change = await changes.begin(admission, via);
      const outcome = await run(admission, via, capability, sink, takeOver, pace, reading, change, session);
      session?.end(outcome);
      await recorder.completed(admission, outcome, change?.finish(outcome.ended), session?.recordingId);
    },
  };
}

/** Node refuses heads that would break the protocol towards the caller; what upstream sent is not ours to mend. */
function passHead(downstream: Downstream, head: ResponseHead, clusterName: string): Refusal | undefined {
  try {
    return downstream.head(head);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      code: 'ERR_PROXY_UPSTREAM_FAILED',
      message: `the answer of cluster "${clusterName}" has a header that can not be passed on (${code ?? 'unknown'}).`,
    };
  }
}
