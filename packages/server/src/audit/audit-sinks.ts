import type { AuditEvent, AuditPipeline, AuditSink } from '@sallyport/audit';
import { type Clock, isCodedError, type Logger } from '@sallyport/core';
import type { AuditSinkTest } from '@sallyport/core/api';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import type { AuditSinkRecord } from '../stores/records.ts';
import { type OverdueWatch, watchOverdueSinks } from './delivery/overdue-sinks.ts';
import { refuseUndelivered } from './delivery/refuse-undelivered.ts';
import { createEventFilter } from './delivery/select-events.ts';
import { boundsOf } from './delivery/sink-bounds.ts';
import {
  createSinkConnections,
  type SinkConnections,
  type SinkConnectionsOptions,
} from './delivery/sink-connections.ts';
import { startSinkDelivery } from './delivery/sink-delivery.ts';
import { type SinkStanding, sinkStandings } from './delivery/sink-standing.ts';
import type { DeliveryTarget } from './delivery/target.ts';

/** What {@link createAuditSinks} works with. */
export interface AuditSinksOptions {
  readonly store: Pick<Store, 'auditSinks' | 'leases' | 'transact'>;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  /** Which server this is. */
  readonly replicaId: string;
  /** Sinks of the server's configuration, which take the logs of all organizations. Closed with this. */
  readonly configured?: readonly ConfiguredSink[];
  readonly outbound: Omit<SinkConnectionsOptions, 'clock'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A sink of the server's configuration. */
export interface ConfiguredSink extends Pick<DeliveryTarget, 'bounds' | 'wants'> {
  /** Unique among them. */
  readonly name: string;
  readonly sink: AuditSink;
}

/** The audit sinks of an installation. */
export interface AuditSinks {
  /** Sends an event to a sink at once, and says what came of it. */
  test(sink: AuditSinkRecord, event: AuditEvent): Promise<AuditSinkTest>;
  /** How every sink that is not disabled does, in every log that it has begun. */
  standings(): Promise<readonly SinkStanding[]>;
  /** A pipeline that refuses requests while a required sink is overdue. */
  guard(pipeline: AuditPipeline): AuditPipeline;
  close(): Promise<void>;
}

interface OpenSink {
  readonly record: AuditSinkRecord;
  readonly sink: Promise<AuditSink>;
}

/** Creates the audit sinks and starts delivering to them. */
export function createAuditSinks(options: AuditSinksOptions): AuditSinks {
  const { store, snapshots, replicaId, configured = [], clock, logger } = options;
  const connections: SinkConnections = createSinkConnections({ ...options.outbound, clock });
  const opened = new Map<string, OpenSink>();

  function open(record: AuditSinkRecord): Promise<AuditSink> {
    const known = opened.get(record.id);
    // A record is the same object in every snapshot until it changes.
    if (known?.record === record) return known.sink;
    void known?.sink.then((sink) => sink.close()).catch(() => {});
    const sink = store.auditSinks.secrets(record.id).then((secrets) => connections.open(record, secrets));
    opened.set(record.id, { record, sink });
    // What could not be opened is opened anew the next time.
    sink.catch(() => opened.delete(record.id));
    return sink;
  }

  const ofConfiguration = configured.map(
    ({ name, sink, bounds, wants }): DeliveryTarget => ({
      key: `configured/${name}`,
      name,
      bounds,
      wants,
      open: async () => sink,
    }),
  );
  const targets = (): readonly DeliveryTarget[] => [
    ...ofConfiguration,
    ...[...snapshots.current().auditSinks.values()].flatMap((record) => targetOf(record) ?? []),
  ];
  function targetOf(record: AuditSinkRecord): DeliveryTarget | undefined {
    const { id, organizationId, name, spec } = record;
    if (spec.disabled === true) return undefined;
    const of = { id, organizationId };
    return { key: id, name, of, bounds: boundsOf(spec), wants: createEventFilter(spec), open: () => open(record) };
  }

  const delivery = startSinkDelivery({ store, holder: replicaId, targets, clock, logger });
  const overdue: OverdueWatch = watchOverdueSinks({ store, targets, clock, logger });
  return {
    async test(record, event) {
      try {
        await (await open(record)).write([event]);
        return { isDelivered: true };
      } catch (error) {
        if (!isCodedError(error)) throw error;
        return { isDelivered: false, error: [error.message, error.nextStep].filter(Boolean).join('. ') };
      }
    },
    standings: async () => sinkStandings(targets(), await store.auditSinks.cursors(), new Date(clock.now())),
    guard: (pipeline) => refuseUndelivered(pipeline, overdue),
    async close() {
      await overdue.close();
      await delivery.close();
      await Promise.all([...opened.values()].map(async ({ sink }) => (await sink).close()));
      await Promise.all(configured.map(({ sink }) => sink.close()));
      await connections.close();
    },
  };
}
