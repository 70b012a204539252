import { entry } from './entry.ts';
import { CALL, ORGANIZATION } from './example-facts.ts';
import { called, count, document, freeText, identifier, instant, optional, word } from './fields.ts';

const LOG = ORGANIZATION.organizationId;
const log = identifier('The log: id of an organization, or `installation`.');
const sink = {
  sink: called('The audit sink.'),
  auditSinkId: optional(identifier('Its id; none of a sink from the configuration of the server.')),
};
const legalHold = {
  legalHoldId: identifier('The legal hold.'),
  name: called('Its name.'),
  reason: optional(freeText('Why.')),
};
const hold = { legalHoldId: 'lgh_01k9y3t0q5m8w2v7h4x6z1r9c1', name: 'incident-42', reason: 'asked for by counsel' };

/** What is done to the audit log itself. */
export const AUDIT_LOG_EVENTS = {
  'audit.read': entry({
    name: 'Audit read',
    category: 'audit',
    severity: 'info',
    summary: 'Somebody read audit events. Written once per call; once at the start of a live tail.',
    fields: {
      operation: word('How: the name of the operation, for example `listAuditEvents`.'),
      query: optional(freeText('What was asked for: the filters, as JSON.')),
      eventId: optional(identifier('The one event that was asked for.')),
      count: optional(count('Events that were answered with.')),
    },
    example: { ...CALL, details: { operation: 'listAuditEvents', query: '{"code":"login.failed"}', count: 50 } },
  }),
  'audit.exported': entry({
    name: 'Audit exported',
    category: 'audit',
    severity: 'notice',
    summary: 'Somebody exported audit events, or the proof bundle of the log.',
    fields: {
      operation: word('How: the name of the operation.'),
      format: word('For example `ndjson` or `csv`.'),
      query: optional(freeText('What was asked for: the filters, as JSON.')),
      count: optional(count('Events that were exported.')),
    },
    example: { ...CALL, details: { operation: 'exportAuditEvents', format: 'csv', query: '{}' } },
  }),
  'audit.sink.gap': entry({
    name: 'Audit sink skipped events',
    category: 'audit',
    severity: 'critical',
    summary: 'A sink of best effort fell behind its bound, and events will never reach it.',
    fields: {
      ...sink,
      log,
      fromIndex: count('Index in the log of the first event that was skipped.'),
      toIndex: count('Index of the last one.'),
      reason: optional(freeText('What went wrong the last time.')),
    },
    example: { ...ORGANIZATION, details: { sink: 'siem', log: LOG, fromIndex: 1200, toIndex: 61199 } },
  }),
  'audit.sink.failed': entry({
    name: 'Audit sink failed',
    category: 'audit',
    severity: 'warning',
    summary: 'A sink does not take events. Written once until it does again.',
    fields: { ...sink, log: optional(log), reason: freeText('What went wrong.') },
    example: { ...ORGANIZATION, details: { sink: 'siem', log: LOG, reason: 'answered 503' } },
  }),
  'audit.sink.recovered': entry({
    name: 'Audit sink recovered',
    category: 'audit',
    severity: 'info',
    summary: 'A sink that had failed takes events again.',
    fields: { ...sink, log: optional(log) },
    example: { ...ORGANIZATION, details: { sink: 'siem', log: LOG } },
  }),
  'audit.sink.tested': entry({
    name: 'Audit sink tested',
    category: 'audit',
    severity: 'info',
    summary:
      'Somebody had an audit sink tested; this event itself was sent to it at once, and comes again in its place.',
    fields: sink,
    example: { ...CALL, details: { sink: 'siem', auditSinkId: 'snk_01k9y3t0q5m8w2v7h4x6z1r9c2' } },
  }),
  'audit.retention.changed': entry({
    name: 'Audit retention changed',
    category: 'audit',
    severity: 'warning',
    summary: 'Somebody changed how long audit events are kept.',
    fields: { before: document('How long each category was kept.'), after: document('How long each is kept now.') },
    example: { ...CALL, details: { before: '{"proxy":"365d"}', after: '{"proxy":"90d"}' } },
  }),
  'audit.retention.applied': entry({
    name: 'Audit retention applied',
    category: 'audit',
    severity: 'notice',
    summary:
      'Audit events whose time is over were deleted; their leaf hashes stay, so that the log can still be verified.',
    fields: {
      log,
      category: optional(word('Category of the events.')),
      before: instant('Events from before this were deleted.'),
      deleted: count('Events that were deleted.'),
      ranges: word('Their indexes in the log, for example `0-41,43`.'),
      held: optional(count('Events that a legal hold kept.')),
    },
    example: {
      ...ORGANIZATION,
      details: {
        log: LOG,
        category: 'proxy',
        before: '2025-01-01T00:00:00.000Z',
        deleted: 43,
        ranges: '0-41,43',
        held: 12,
      },
    },
  }),
  'legal_hold.created': entry({
    name: 'Legal hold created',
    category: 'audit',
    severity: 'notice',
    summary: 'Somebody ordered that audit events are kept whatever their retention says.',
    fields: { ...legalHold, selection: optional(document('What it keeps.')) },
    example: { ...CALL, details: { ...hold, selection: '{"principal":"ada@example.com"}' } },
  }),
  'legal_hold.released': entry({
    name: 'Legal hold released',
    category: 'audit',
    severity: 'warning',
    summary: 'Somebody released a legal hold; retention applies to what it kept.',
    fields: legalHold,
    example: { ...CALL, details: { ...hold, reason: 'the case is closed' } },
  }),
  'audit.witness.recorded': entry({
    name: 'Checkpoint anchored',
    category: 'audit',
    severity: 'info',
    summary: 'A witness that had failed took a checkpoint of the log again.',
    fields: { witness: called('The witness.'), log, size: count('Events that the checkpoint covers.') },
    example: { ...ORGANIZATION, details: { witness: 'git', log: LOG, size: 90210 } },
  }),
  'audit.witness.failed': entry({
    name: 'Checkpoint not anchored',
    category: 'audit',
    severity: 'warning',
    summary: 'A witness did not take a checkpoint. Written once until it does again.',
    fields: {
      witness: called('The witness.'),
      log,
      size: count('Events that the checkpoint covers.'),
      reason: freeText('What went wrong.'),
    },
    example: { ...ORGANIZATION, details: { witness: 'git', log: LOG, size: 90210, reason: 'connection refused' } },
  }),
} as const;
