import type { AuditSinkType, KindSpec } from '@sallyport/core/api';
import { createSecretForm } from './sealed-secrets.ts';

type Spec = KindSpec<'AuditSink'>;

/** Which fields of each type of audit sink are secret. */
export const SINK_SECRETS = {
  webhook: ['secret'],
  syslog: [],
  otlp: ['authorization'],
  s3: ['secretAccessKey'],
} as const satisfies { readonly [Type in AuditSinkType]: readonly (keyof NonNullable<Spec[Type]>)[] };

/** How secrets of audit sinks are kept. */
export const sinkSecrets = createSecretForm<AuditSinkType, Spec>({
  table: 'audit_sinks',
  context: (id) => `auditSink/${id}`,
  fields: SINK_SECRETS,
});
