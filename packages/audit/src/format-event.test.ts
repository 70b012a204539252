import { describe, expect, it } from 'vitest';
import { formatAuditEvent, MAX_EVENT_CHARACTERS, parseAuditEvent } from './format-event.ts';
import { anAuditEvent } from './testing/fixtures.ts';

const request = (path: string) => ({ id: 'dec_00000000000000000000000001' as never, method: 'GET', path });

describe('the written form of an event', () => {
  it('is one line that reads back as the same event', () => {
    const event = anAuditEvent({
      request: request('/a\n\r\u0007\u001b[2Jé𝄞'),
      code: 'proxy.request.denied',
      details: { sensitive: ['a'], count: 2 },
    });
    const line = formatAuditEvent(event);
    expect(line).not.toMatch(/\n|\r/);
    expect(parseAuditEvent(line)).toEqual(event);
    expect(parseAuditEvent(JSON.parse(line))).toEqual(event);
  });

  it('SEC-G04 escapes what would move a cursor or reorder text on a terminal, and keeps its meaning', () => {
    const event = anAuditEvent({ request: request('\u0000\u009b31m\u202egnp.exe\u2066\u2028\u007f') });
    const line = formatAuditEvent(event);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    expect(parseAuditEvent(line).request?.path).toBe('\ufffd\u009b31m\u202egnp.exe\u2066\u2028\u007f');
  });

  it('replaces NUL and broken Unicode, and leaves text that only looks like their escapes', () => {
    const path = 'a\0b\ud800c\udc00d\\u0000\\ud800𝄞';
    expect(parseAuditEvent(formatAuditEvent(anAuditEvent({ request: request(path) }))).request?.path).toBe(
      'a\ufffdb\ufffdc\ufffdd\\u0000\\ud800𝄞',
    );
  });

  it('cuts the texts and lists of an event that is too long, and loses none of its fields', () => {
    const groups = Array.from({ length: 2_000 }, (_, i) => `group-${i}`);
    const principal = { id: 'prn_1' as never, userName: 'ann', groups, issuer: 'https://idp.example.com' };
    const event = anAuditEvent({ principal, request: request(`/${'x'.repeat(1_000_000)}`) });
    const line = formatAuditEvent(event);
    expect(line.length).toBeLessThan(MAX_EVENT_CHARACTERS);
    const read = parseAuditEvent(line);
    expect(read.request?.path).toBe(`/${'x'.repeat(1_023)}…`);
    expect(read.principal?.groups).toEqual(groups.slice(0, 512));
    expect(read.id).toBe(event.id);
  });

  it('keeps 500 groups whole', () => {
    const groups = Array.from({ length: 500 }, (_, i) => `group-${i}-${'x'.repeat(60)}`);
    const principal = { id: 'prn_1' as never, userName: 'ann', groups, issuer: 'https://idp.example.com' };
    expect(parseAuditEvent(formatAuditEvent(anAuditEvent({ principal }))).principal?.groups).toEqual(groups);
  });

  it('refuses what is not an event', () => {
    for (const text of [
      '',
      '{',
      'null',
      '7',
      '"text"',
      '[]',
      '{}',
      '{"id":"a","code":"b"}',
      '{"id":"a","code":"b","at":"x"}',
    ]) {
      expect(() => parseAuditEvent(text), text).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_EVENT_MALFORMED' }));
    }
  });
});
