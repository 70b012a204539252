/** Categories of audit events; the catalogue says which event is of which. */
export const AUDIT_EVENT_CATEGORIES = [
  'proxy',
  'login',
  'session',
  'identity',
  'access',
  'admin',
  'agent',
  'notification',
  'key',
  'audit',
  'recording',
  'server',
] as const;

/** Severities of audit events, the least first. */
export const AUDIT_EVENT_SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const;

/** Header of an export that says how many events it has. */
export const EXPORT_COUNT_HEADER = 'sallyport-event-count';
