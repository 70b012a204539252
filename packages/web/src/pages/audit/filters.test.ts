import { auditFilterSchema } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import {
  AUDIT_FILTER_FIELDS,
  auditCommandOf,
  auditQueryOf,
  DEFAULT_AUDIT_VIEW,
  isAboutCommands,
  readAuditView,
  timeRangeOf,
  writeAuditView,
} from './filters.ts';

const NOW = Date.parse('2026-11-17T14:22:00.000Z');

describe('the filters of the explorer', () => {
  it('are those of the API, all of them', () => {
    const names = [...AUDIT_FILTER_FIELDS.map(({ name }) => name), 'from', 'to', 'q'];
    expect(names.sort()).toEqual(Object.keys(auditFilterSchema.shape).sort());
  });

  it('are the address, which reads back as what it was', () => {
    const view = {
      filters: { cluster: 'prod-eu', group: 'ops', verb: 'patch,delete', status: '403' },
      words: 'two words',
      time: { from: '2026-11-17T08:00:00.000Z', to: '2026-11-17T09:00:00.000Z' },
      rows: 'events',
    } as const;
    expect(readAuditView(writeAuditView(view))).toEqual(view);
    expect(writeAuditView(DEFAULT_AUDIT_VIEW)).toEqual({});
    expect(readAuditView({})).toEqual(DEFAULT_AUDIT_VIEW);
  });

  for (const { name, given } of [
    { name: 'a value that the filter does not take', given: { effect: 'maybe', verb: 'patch,explode', status: '999' } },
    { name: 'a time that is none', given: { since: 'a while', from: 'yesterday', to: '1' } },
    { name: 'no time at all', given: { since: '0s' } },
    { name: 'what is no filter', given: { constructor: 'x', rows: 'moon', q: ['a'], user: { a: 1 } } },
  ]) {
    it(`pass over ${name}`, () => {
      expect(readAuditView(given)).toEqual(DEFAULT_AUDIT_VIEW);
    });
  }

  it('are a query that the API takes', () => {
    const view = readAuditView({ user: 'ada@example.com', verb: 'patch,delete', q: 'lock', since: '2h' });
    const query = auditQueryOf(view, NOW);
    expect(query).toEqual({
      user: 'ada@example.com',
      verb: 'patch,delete',
      q: 'lock',
      from: '2026-11-17T12:22:00.000Z',
    });
    expect(auditFilterSchema.parse(query)).toMatchObject({ verb: ['patch', 'delete'] });
    expect(timeRangeOf({ from: '2026-11-17T08:00:00Z' }, NOW).to).toEqual(new Date(NOW));
  });

  it('know which of them calls of kubectl are listed by', () => {
    expect(isAboutCommands(readAuditView({ user: 'ada', cluster: 'prod' }))).toBe(true);
    expect(isAboutCommands(readAuditView({ verb: 'get' }))).toBe(false);
    expect(isAboutCommands(readAuditView({ q: 'lock' }))).toBe(false);
  });

  it('are a line for a shell, whatever was typed', () => {
    const view = readAuditView({ cluster: 'prod', user: "o'brien", q: '-x "two words"', since: '2h' });
    expect(auditCommandOf(view, 'search')).toBe(
      `sallyport audit search --since 2h --user 'o'\\''brien' --cluster prod -- '-x "two words"'`,
    );
    expect(auditCommandOf(view, 'tail')).not.toContain('--since');
  });
});
