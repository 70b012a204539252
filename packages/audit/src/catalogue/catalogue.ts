import { ACCESS_EVENTS } from './access.ts';
import { ACCESS_REVIEW_EVENTS } from './access-reviews.ts';
import { ADMIN_EVENTS } from './admin.ts';
import { AGENT_EVENTS } from './agents.ts';
import { AUDIT_LOG_EVENTS } from './audit-log.ts';
import type { AuditCatalogueEntry, AuditCategory, AuditFields } from './entry.ts';
import { IDENTITY_EVENTS } from './identity.ts';
import { KEY_EVENTS } from './keys.ts';
import { LOGIN_EVENTS } from './login.ts';
import { NOTIFICATION_EVENTS } from './notifications.ts';
import { PROXY_EVENTS } from './proxy.ts';
import { RECORDING_EVENTS } from './recordings.ts';
import { SERVER_EVENTS } from './server.ts';
import { TERMINAL_EVENTS } from './terminals.ts';

/** Every kind of event by its code: what it is, how much it matters, and what details it has. */
export const AUDIT_CATALOGUE = {
  ...PROXY_EVENTS,
  ...LOGIN_EVENTS,
  ...IDENTITY_EVENTS,
  ...ACCESS_EVENTS,
  ...ACCESS_REVIEW_EVENTS,
  ...ADMIN_EVENTS,
  ...AGENT_EVENTS,
  ...NOTIFICATION_EVENTS,
  ...KEY_EVENTS,
  ...AUDIT_LOG_EVENTS,
  ...RECORDING_EVENTS,
  ...TERMINAL_EVENTS,
  ...SERVER_EVENTS,
} as const;

/** Codes of the catalogue. Once released, a code keeps its meaning. */
export type AuditEventCode = keyof typeof AUDIT_CATALOGUE;

/** The fields of a code. */
export type AuditFieldsOf<Code extends AuditEventCode> = (typeof AUDIT_CATALOGUE)[Code]['fields'];

/** What the catalogue says of a code; `undefined` of one that this version doesn't know. */
export function findCatalogueEntry(code: string): AuditCatalogueEntry | undefined {
  const entries: Readonly<Record<string, AuditCatalogueEntry<AuditFields>>> = AUDIT_CATALOGUE;
  return Object.hasOwn(entries, code) ? entries[code] : undefined;
}

/** Codes of a category, in the order of the catalogue. */
export function codesOfCategory(category: AuditCategory): readonly AuditEventCode[] {
  const codes = Object.keys(AUDIT_CATALOGUE) as AuditEventCode[];
  return codes.filter((code) => AUDIT_CATALOGUE[code].category === category);
}
