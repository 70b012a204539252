import type { AuditSink } from '@sallyport/audit';
import type { AuditOrigin } from './audit-rows.ts';
import type { Store } from './contracts.ts';

/** A sink that commits each batch to the audit log of a store. Closing it leaves the store open. */
export function createStoreAuditSink(store: Pick<Store, 'appendAudit'>, origin?: AuditOrigin): AuditSink {
  return {
    name: 'database',
    write: (batch) => store.appendAudit(batch, origin),
    close: async () => {},
  };
}
