import { createId, parseDuration } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import { SINK_SECRETS, sinkSecrets } from '../../stores/sink-secrets.ts';
import type { ResourceDefinition } from '../definition.ts';
import { documentProblem } from '../references.ts';
import { planSecrets } from './plan-secrets.ts';
import { organizationOf } from './targets.ts';

type Spec = KindSpec<'AuditSink'>;

/** Longest time that a sink may be behind, in milliseconds: 90 days. */
const MAX_TIME_BEHIND_MS = 90 * 24 * 60 * 60_000;

/** Where audit events of an organization are sent. Secrets go in and never come out. */
export const auditSink: ResourceDefinition<'AuditSink'> = {
  kind: 'AuditSink',
  recordKind: 'AuditSink',
  list: (reader, organizationId) => reader.list('AuditSink', organizationId),
  find: (reader, organizationId, name) => reader.find('AuditSink', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: organizationOf,
  describe: ({ spec, secretNames }) => ({
    spec: sinkSecrets.without(spec),
    // How far it has got is not of the snapshot: `withSinkHealth` fills that in.
    status: { state: spec.disabled === true ? 'disabled' : 'delivering', eventsBehind: 0, secrets: [...secretNames] },
  }),
  plan({ metadata, spec }, existing, { context, organization }) {
    const { secretNames, areStated } = planSecrets(sinkSecrets, DEMANDED, spec, existing);
    assertConsistent(spec);
    const id = existing?.id ?? createId('auditSink', context.clock.now());
    return {
      record: {
        id,
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        spec,
        secretNames,
      },
      // It begins with what happens from now on, its own creation included.
      ...(existing === undefined && {
        alongside: (tx) => tx.auditSinks.begin({ sink: id, sinkId: id, log: organization.id }, 'next'),
      }),
      ...(areStated && { changesSecret: true }),
    };
  },
};

/** OTLP receivers may take logs from everybody. */
const DEMANDED = { ...SINK_SECRETS, otlp: [] } as const;

function assertConsistent({ webhook, maxTimeBehind }: Spec): void {
  if (webhook?.format === 'cef' && webhook.body === 'array') {
    throw documentProblem('spec.webhook.body', 'can not be array with the format cef', 'CEF is text: use ndjson.');
  }
  if (maxTimeBehind === undefined) return;
  const ms = parseDuration(maxTimeBehind);
  if (ms < 1_000 || ms > MAX_TIME_BEHIND_MS) {
    throw documentProblem('spec.maxTimeBehind', 'must be from 1s to 2160h', 'State a time in between.');
  }
}
