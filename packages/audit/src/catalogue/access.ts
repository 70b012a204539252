import { entry } from './entry.ts';
import { CLUSTER, CLUSTER_CALL } from './example-facts.ts';
import { called, count, document, flag, freeText, identifier, instant, optional, word } from './fields.ts';

const request = {
  accessRequestId: identifier('The access request.'),
  requester: called('Who asked.'),
  role: called('The role that was asked for.'),
  requestPolicy: called('The request policy that it was asked under.'),
  resolvedReason: optional(freeText('Why it was resolved as it was.')),
  scope: optional(document('Where: clusters and namespaces.')),
  duration: optional(word('For how long.')),
  reason: optional(freeText('What the requester gave as the reason.')),
  ticket: optional(identifier('The ticket that was named.')),
  grantId: optional(identifier('The grant that came of it.')),
  isBreakGlass: optional(flag('Taken before anybody reviewed it.')),
  notificationChannel: optional(called('The notification channel that was answered on.')),
};
const reviewed = {
  ...request,
  reviewId: optional(identifier('The review.')),
  verdict: optional(word('What the reviewer said.')),
  step: optional(count('Which step of the request policy it counts for, from 0.')),
  contentSha256: optional(identifier('SHA-256 of what was reviewed.')),
  reviewReason: optional(freeText('What the reviewer gave as the reason.')),
};
const requestDetails = {
  accessRequestId: 'req_01k9y3t0q5m8w2v7h4x6z1r9bq',
  requester: 'ada@example.com',
  role: 'operator',
  requestPolicy: 'production',
  scope: '{"clusters":["production-eu"],"namespaces":["shop"]}',
  duration: '1h',
  reason: 'the cart does not answer',
};
const grant = {
  grantId: identifier('The grant.'),
  user: called('Who holds it.'),
  role: called('The role that it gives.'),
  startsAt: instant('When it starts.'),
  endsAt: instant('When it ends.'),
  accessRequestId: optional(identifier('The access request that it came of.')),
  isBreakGlass: optional(flag('Taken before anybody reviewed it.')),
  endedReason: optional(freeText('Why it ended before its time.')),
  scope: optional(document('Where: clusters and namespaces.')),
  reason: optional(freeText('Why it was granted.')),
};
const grantDetails = {
  grantId: 'gnt_01k9y3t0q5m8w2v7h4x6z1r9br',
  user: 'ada@example.com',
  role: 'operator',
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2026-01-01T01:00:00.000Z',
  accessRequestId: 'req_01k9y3t0q5m8w2v7h4x6z1r9bq',
};
const review = {
  reviewId: 'rvw_01k9y3t0q5m8w2v7h4x6z1r9bs',
  verdict: 'approve',
  step: 0,
  contentSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};

/** Access for a time: requests, reviews and grants. */
export const ACCESS_EVENTS = {
  'access_request.created': entry({
    name: 'Access requested',
    category: 'access',
    severity: 'info',
    summary: 'Somebody asked for access.',
    fields: request,
    example: { ...CLUSTER_CALL, details: requestDetails },
  }),
  'access_request.reviewed': entry({
    name: 'Access request reviewed',
    category: 'access',
    severity: 'info',
    summary: 'A reviewer gave a verdict, and further ones are needed.',
    fields: reviewed,
    example: { ...CLUSTER_CALL, details: { ...requestDetails, ...review } },
  }),
  'access_request.approved': entry({
    name: 'Access request approved',
    category: 'access',
    severity: 'notice',
    summary: 'An access request was approved, by its last reviewer or by its policy, and a grant came of it.',
    fields: reviewed,
    example: { ...CLUSTER_CALL, details: { ...requestDetails, ...review, grantId: grantDetails.grantId } },
  }),
  'access_request.denied': entry({
    name: 'Access request denied',
    category: 'access',
    severity: 'info',
    summary: 'A reviewer denied an access request.',
    fields: reviewed,
    example: {
      ...CLUSTER_CALL,
      details: { ...requestDetails, ...review, verdict: 'deny', reviewReason: 'there is a runbook for this' },
    },
  }),
  'access_request.cancelled': entry({
    name: 'Access request cancelled',
    category: 'access',
    severity: 'info',
    summary: 'An access request was taken back, or what it rests on is gone.',
    fields: request,
    example: { ...CLUSTER_CALL, details: { ...requestDetails, resolvedReason: 'not needed any more' } },
  }),
  'access_request.expired': entry({
    name: 'Access request expired',
    category: 'access',
    severity: 'info',
    summary: 'Nobody decided on an access request in time.',
    fields: request,
    example: { ...CLUSTER, details: requestDetails },
  }),
  'access_request.broke_glass': entry({
    name: 'Glass broken',
    category: 'access',
    severity: 'critical',
    summary: 'Somebody took access at once, to be reviewed afterwards.',
    fields: request,
    example: { ...CLUSTER_CALL, details: { ...requestDetails, grantId: grantDetails.grantId, isBreakGlass: true } },
  }),
  'access_request.followed_up': entry({
    name: 'Break-glass access followed up',
    category: 'access',
    severity: 'notice',
    summary: 'Access that was taken at once was reviewed afterwards.',
    fields: reviewed,
    example: {
      ...CLUSTER_CALL,
      details: { ...requestDetails, isBreakGlass: true, verdict: 'justified', reviewReason: 'the cart was down' },
    },
  }),
  'grant.created': entry({
    name: 'Grant created',
    category: 'access',
    severity: 'notice',
    summary: 'Access for a time was granted without a request.',
    fields: grant,
    example: { ...CLUSTER_CALL, details: { ...grantDetails, reason: 'on call this week' } },
  }),
  'grant.started': entry({
    name: 'Grant started',
    category: 'access',
    severity: 'info',
    summary: 'The time of a grant has come.',
    fields: grant,
    example: { ...CLUSTER, details: grantDetails },
  }),
  'grant.expired': entry({
    name: 'Grant expired',
    category: 'access',
    severity: 'info',
    summary: 'The time of a grant is over.',
    fields: grant,
    example: { ...CLUSTER, details: grantDetails },
  }),
  'grant.revoked': entry({
    name: 'Grant revoked',
    category: 'access',
    severity: 'notice',
    summary: 'A grant was revoked before its time, by somebody or since what it rests on is gone.',
    fields: grant,
    example: { ...CLUSTER_CALL, details: { ...grantDetails, endedReason: 'the incident is over' } },
  }),
} as const;
