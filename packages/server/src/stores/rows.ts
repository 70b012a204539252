import type { Secret } from '@sallyport/core';
import type { Selectable } from 'kysely';
import type { AgentCertificate } from './contracts.ts';
import type { Envelope } from './envelope.ts';
import { clientSecretContext } from './record-writer.ts';
import type { Database } from './schema.ts';

type Row<Table extends keyof Database> = Selectable<Database[Table]>;

export function openClientSecret(
  { id, client_secret }: Pick<Row<'identity_providers'>, 'id' | 'client_secret'>,
  envelope: Envelope,
): Secret | undefined {
  return client_secret === null ? undefined : envelope.open(client_secret, clientSecretContext(id));
}

export function toAgentCertificate(row: Row<'agent_certificates'>): AgentCertificate {
  return {
    id: row.agent_id,
    clusterId: row.cluster_id,
    serial: row.serial,
    notAfter: row.not_after,
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
