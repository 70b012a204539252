import { describe, expect, it } from 'vitest';
import { ann, ben, codeOf, HOUR, later, NOW } from '../properties/request-world.ts';
import {
  type AccessReview,
  type AccessReviewItem,
  answerAccessReviewItem,
  closeAccessReview,
  skipAccessReviewItem,
} from './access-review.ts';

const review: AccessReview = {
  id: 'arv_1' as never,
  organizationId: ann.organizationId,
  name: 'spring',
  reviewers: 'permitted',
  state: 'open',
  createdAt: NOW,
  createdById: ben.id,
  dueAt: later(HOUR),
  unanswered: 'keep',
};
const anItem = (name: string, overrides: Partial<AccessReviewItem> = {}): AccessReviewItem => ({
  id: `ari_${name}` as never,
  reviewId: review.id,
  about: { kind: 'grant', id: 'gnt_1' as never },
  principalId: ann.id,
  state: 'pending',
  ...overrides,
});
const answer = (item: AccessReviewItem, overrides: object = {}, of = review) =>
  answerAccessReviewItem(of, item, { verdict: 'attest', reviewerId: ben.id, at: later(1), ...overrides });

describe('an access review', () => {
  it('takes one answer about each thing', () => {
    expect(answer(anItem('a'))).toMatchObject({ item: { state: 'attested', answer: { byId: ben.id, at: later(1) } } });
    const removal = { verdict: 'remove', reason: 'left the team' };
    expect(answer(anItem('a'), removal)).toMatchObject({
      item: { state: 'removed', answer: { reason: 'left the team' } },
    });
    for (const state of ['attested', 'removed', 'skipped'] as const) {
      expect(codeOf(answer(anItem('a', { state })))).toBe('wrongState');
    }
  });

  it('takes none without a reason to remove, after its time, after its close, or about another', () => {
    expect(codeOf(answer(anItem('a'), { verdict: 'remove', reason: ' ' }))).toBe('reasonMissing');
    expect(codeOf(answer(anItem('a'), { at: review.dueAt }))).toBe('overdue');
    expect(codeOf(answer(anItem('a'), {}, { ...review, state: 'closed' }))).toBe('wrongState');
    expect(codeOf(answer(anItem('a', { reviewId: 'arv_2' as never })))).toBe('wrongState');
  });

  it('SEC-E06 takes nobody’s answer about their own access', () => {
    expect(codeOf(answer(anItem('a'), { reviewerId: ann.id }))).toBe('ownRequest');
  });

  it('closes once, by somebody or by its time, and leaves or removes what nobody answered', () => {
    const items = [anItem('a'), anItem('b', { state: 'attested' }), anItem('c', { reviewId: 'arv_2' as never })];
    expect(closeAccessReview(review, items, { at: NOW, byId: ben.id })).toMatchObject({
      outcome: 'closed',
      review: { state: 'closed', closed: { at: NOW, byId: ben.id } },
      items: [{ id: 'ari_a', state: 'skipped' }],
    });
    const strict = { ...review, unanswered: 'remove' } as const;
    expect(closeAccessReview(strict, items, { at: review.dueAt })).toMatchObject({ items: [{ state: 'removed' }] });
    expect(codeOf(closeAccessReview(review, items, { at: NOW }))).toBe('notDue');
    expect(codeOf(closeAccessReview({ ...review, state: 'closed' }, items, { at: NOW, byId: ben.id }))).toBe(
      'wrongState',
    );
  });

  it('passes over what is no longer what was asked about, once', () => {
    const reason = 'the binding is gone';
    const skipped = skipAccessReviewItem(anItem('a'), { at: later(1), reason, byId: ben.id });
    expect(skipped).toMatchObject({ item: { state: 'skipped', answer: { at: later(1), reason, byId: ben.id } } });
    for (const state of ['attested', 'removed', 'skipped'] as const) {
      expect(codeOf(skipAccessReviewItem(anItem('a', { state }), { at: later(1), reason }))).toBe('wrongState');
    }
  });
});
