import { anAuditEvent } from '@sallyport/audit/testing';
import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { fieldTerm, termsOf, wordsOf, wordTerm } from './audit-terms.ts';

const organizationId = createId('organization');

describe('terms of an audit event', () => {
  it('are integers that a database and a program both hold exactly', () => {
    const event = anAuditEvent({
      organizationId,
      code: 'tunnel.refused',
      details: { reason: Array.from({ length: 150 }, (_, i) => `w${i}`).join(' ') },
    });
    const terms = termsOf(event);
    expect(terms.length).toBeGreaterThan(150);
    for (const term of terms) expect(Number.isSafeInteger(term) && term >= 0).toBe(true);
  });

  it('differ between organizations, fields and words', () => {
    const other = createId('organization');
    const all = [
      fieldTerm(organizationId, 'namespace', 'shop'),
      fieldTerm(organizationId, 'name', 'shop'),
      fieldTerm(other, 'namespace', 'shop'),
      wordTerm(organizationId, 'shop'),
      wordTerm(other, 'shop'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('spread: of 200,000 values no two share a number', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 200_000; i++) seen.add(fieldTerm(organizationId, 'requestId', `dec_${i.toString(36)}`));
    expect(seen.size).toBe(200_000);
  });

  it('hold words of details and reasons, and user names in any letter case', () => {
    const event = anAuditEvent({
      organizationId,
      principal: { id: createId('principal'), userName: 'Ann@Example.com', groups: ['dev'], issuer: 'x' },
      code: 'proxy.request.denied',
      details: { sensitive: ['gnt_01ABC', 'Eins', 'zwei drei'] },
    });
    const terms = new Set(termsOf(event));
    for (const word of ['ann', 'gnt_01abc', 'eins', 'drei']) expect(terms).toContain(wordTerm(organizationId, word));
    expect(terms).toContain(fieldTerm(organizationId, 'userName', 'ann@example.COM'));
    expect(terms).toContain(fieldTerm(organizationId, 'group', 'dev'));
    expect(terms).not.toContain(wordTerm(organizationId, 'vier'));
  });

  it('of texts in any script are the words that a query has', () => {
    const texts = ['Zürich/ÄRGER', 'plain_WORDS-1.x', `${'long'.repeat(40)} end`, 'ﬁne 東京 kube-system', '', '---'];
    for (const text of texts) {
      const terms = new Set(termsOf(anAuditEvent({ organizationId, clusterName: text })));
      for (const word of wordsOf(text)) expect(terms).toContain(wordTerm(organizationId, word));
      const none = termsOf(anAuditEvent({ organizationId, clusterName: '-' })).length;
      expect(terms.size - none).toBeLessThanOrEqual(new Set(wordsOf(text)).size + 1);
    }
  });

  it('are bounded, however long the event is', () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `w${i}`).join(' ');
    expect(
      termsOf(anAuditEvent({ organizationId, code: 'tunnel.refused', details: { reason: text } })).length,
    ).toBeLessThanOrEqual(220);
    expect(wordsOf('x'.repeat(10_000))).toEqual(['x'.repeat(64)]);
  });
});
