import type {
  AccessRequestId,
  ClusterId,
  LegalHoldId,
  OrganizationId,
  PrincipalId,
  SessionRecordingId,
} from '@sallyport/core';
import type { Json } from './record-schema.ts';

/** Tables of retention. Migration 0019 says what each is for. */
export interface RetentionTables {
  audit_retention: { log: string; spec: Json<Record<string, string>>; resource_version: number; updated_at: Date };
  legal_holds: {
    id: LegalHoldId;
    organization_id: OrganizationId;
    name: string;
    reason: string;
    principal_id: PrincipalId | null;
    cluster_id: ClusterId | null;
    since: Date | null;
    until: Date | null;
    access_request_id: AccessRequestId | null;
    recording_id: SessionRecordingId | null;
    created_by: string;
    created_at: Date;
    released_at: Date | null;
    released_by: string | null;
    release_reason: string | null;
  };
}
