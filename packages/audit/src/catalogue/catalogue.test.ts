import { Secret } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createAuditEvent } from '../create-event.ts';
import type { AuditEvent } from '../event.ts';
import { findAuditProblem } from '../find-problem.ts';
import { formatAuditEvent, parseAuditEvent } from '../format-event.ts';
import { AUDIT_CATALOGUE, type AuditEventCode, codesOfCategory, findCatalogueEntry } from './catalogue.ts';
import { AUDIT_CATEGORIES } from './entry.ts';

const codes = Object.keys(AUDIT_CATALOGUE) as AuditEventCode[];
const at = Date.parse('2026-01-01T00:00:00Z');

describe('the catalogue', () => {
  it.each(codes)('has an example of %s that is as its entry says and reads back as it is written', (code) => {
    const { example, name, summary, severity } = AUDIT_CATALOGUE[code];
    const event = createAuditEvent(code, at, example as never);
    expect(findAuditProblem(event)).toBeUndefined();
    expect(event.severity).toBe(severity);
    expect(parseAuditEvent(formatAuditEvent(event))).toEqual(event);
    expect(`${name}|${summary}`).toMatch(/^[A-Z][^.|]+\|[A-Z].+\.$/);
  });

  it('has each code in one category, and no category without one', () => {
    const sorted = AUDIT_CATEGORIES.flatMap((category) => {
      expect(codesOfCategory(category), category).not.toEqual([]);
      return codesOfCategory(category);
    });
    expect([...sorted].sort()).toEqual([...codes].sort());
    expect(codesOfCategory('key')).toContain('key.rotated');
    expect(findCatalogueEntry('toString')).toBeUndefined();
  });

  it('says what of an event is not as it has it', () => {
    const problemOf = (details: unknown, code: string = 'tunnel.closed') =>
      findAuditProblem({ ...createAuditEvent('server.started', at, {}), code, details } as unknown as AuditEvent);
    expect(problemOf({ agentId: 'agt_1' })).toBeUndefined();
    expect(problemOf({})).toBe('tunnel.closed lacks the detail agentId');
    expect(problemOf({ agentId: 7 })).toBe('the detail agentId of tunnel.closed is no string');
    expect(problemOf({ agentId: 'agt_1', token: 'x' })).toBe('tunnel.closed has no detail token');
    expect(problemOf({ agentId: 'agt_1', toString: 'x' })).toBe('tunnel.closed has no detail toString');
    expect(problemOf({ sensitive: ['a', 1] }, 'proxy.request.started')).toContain('is no strings');
    expect(problemOf({}, 'tunnel.melted')).toBe('the catalogue has no code tunnel.melted');
  });

  // These hold when the compiler takes this file: each mark below is an error of its own where nothing is wrong behind it.
  it('SEC-G03 leaves no way to write a secret, an object or a detail that it does not know', () => {
    const token = new Secret('c4nary');
    const write = {
      unknownDetail: () =>
        // @ts-expect-error there is no detail of that name
        createAuditEvent('tunnel.closed', at, { details: { agentId: 'a', token: 'x' } }),
      missingDetail: () =>
        // @ts-expect-error agentId must be there
        createAuditEvent('tunnel.closed', at, { details: {} }),
      missingDetails: () =>
        // @ts-expect-error the details must be there
        createAuditEvent('tunnel.closed', at, {}),
      secret: () =>
        // @ts-expect-error a secret is no text
        createAuditEvent('tunnel.closed', at, { details: { agentId: token } }),
      object: () =>
        // @ts-expect-error an object is no text
        createAuditEvent('tunnel.closed', at, { details: { agentId: { id: 'a' } } }),
      literal: () =>
        // @ts-expect-error an event that is written out has the details of its code
        ({ ...createAuditEvent('server.started', at, {}), code: 'agent.revoked', details: {} }) satisfies AuditEvent,
      noDetails: () =>
        // @ts-expect-error this code has no details
        createAuditEvent('user.totp.enrolled', at, { details: { secret: 'x' } }),
    };
    expect(Object.keys(write)).toHaveLength(7);
    // What gets past the compiler still writes nothing of a secret.
    const event = createAuditEvent('tunnel.closed', at, { details: { agentId: token as unknown as string } });
    expect(formatAuditEvent(event)).not.toContain('c4nary');
    expect(formatAuditEvent(event)).toContain('[redacted]');
  });
});
