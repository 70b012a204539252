import { entry } from './entry.ts';
import { CALL, ORGANIZATION } from './example-facts.ts';
import { called, count, document, freeText, identifier, instant, optional, word } from './fields.ts';

const review = {
  accessReviewId: identifier('The access review.'),
  accessReview: called('Its name.'),
};
const state = {
  ...review,
  dueAt: instant('When it ends.'),
  onUnanswered: word('What becomes of what nobody answers: `keep` or `remove`.'),
  pending: count('Items that wait for an answer.'),
  attested: count('Items that stay.'),
  removed: count('Items that were removed.'),
  skipped: count('Items that were passed over.'),
};
const item = {
  ...review,
  accessReviewItemId: identifier('The item.'),
  bindingId: optional(identifier('The binding that it asks about.')),
  grantId: optional(identifier('The grant that it asks about.')),
  binding: optional(called('Name of the binding.')),
  subject: called('Kind and name of the subject.'),
  role: called('The role.'),
  scope: document('Where: clusters and namespaces.'),
  reason: optional(freeText('What the reviewer gave as the reason.')),
};
const reviewDetails = { accessReviewId: 'arv_01k9y3t0q5m8w2v7h4x6z1r9bt', accessReview: 'quarter-1' };
const stateDetails = {
  ...reviewDetails,
  dueAt: '2026-02-01T00:00:00.000Z',
  onUnanswered: 'keep',
  pending: 12,
  attested: 0,
  removed: 0,
  skipped: 0,
};
const itemDetails = {
  ...reviewDetails,
  accessReviewItemId: 'ari_01k9y3t0q5m8w2v7h4x6z1r9bv',
  bindingId: 'bnd_01k9y3t0q5m8w2v7h4x6z1r9bw',
  binding: 'platform-operators',
  subject: 'Group platform',
  role: 'operator',
  scope: '{"clusters":["production-eu"]}',
};

/** Access reviews. */
export const ACCESS_REVIEW_EVENTS = {
  'access_review.started': entry({
    name: 'Access review started',
    category: 'access',
    severity: 'notice',
    summary: 'An access review was started.',
    fields: state,
    example: { ...CALL, details: stateDetails },
  }),
  'access_review.attested': entry({
    name: 'Access attested',
    category: 'access',
    severity: 'info',
    summary: 'A reviewer said that somebody keeps what they have.',
    fields: item,
    example: { ...CALL, details: itemDetails },
  }),
  'access_review.removed': entry({
    name: 'Access removed by review',
    category: 'access',
    severity: 'notice',
    summary: 'A reviewer, or the end of a review, took access away.',
    fields: item,
    example: { ...CALL, details: { ...itemDetails, reason: 'has left the team' } },
  }),
  'access_review.skipped': entry({
    name: 'Access review item skipped',
    category: 'access',
    severity: 'info',
    summary: 'A reviewer passed an item over.',
    fields: item,
    example: { ...CALL, details: { ...itemDetails, reason: 'not my team' } },
  }),
  'access_review.reminded': entry({
    name: 'Access review reminded',
    category: 'access',
    severity: 'notice',
    summary: 'The reviewers of an access review were reminded of what waits for an answer.',
    fields: state,
    example: { ...ORGANIZATION, details: { ...stateDetails, pending: 4, attested: 8 } },
  }),
  'access_review.closed': entry({
    name: 'Access review closed',
    category: 'access',
    severity: 'notice',
    summary: 'An access review was closed, by somebody or by time.',
    fields: state,
    example: { ...CALL, details: { ...stateDetails, pending: 0, attested: 10, removed: 2 } },
  }),
} as const;
