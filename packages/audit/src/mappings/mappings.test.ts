import { describe, expect, it } from 'vitest';
import { AUDIT_CATALOGUE, type AuditEventCode, findCatalogueEntry } from '../catalogue/catalogue.ts';
import type { AuditEvent } from '../event.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { formatCef } from './cef.ts';
import { formatOcsf, toOcsf } from './ocsf.ts';
import { OCSF_CLASSES, type OcsfClass } from './ocsf-classes.ts';
import { OCSF_TABLE } from './ocsf-table.ts';

const codes = Object.keys(AUDIT_CATALOGUE) as AuditEventCode[];
const exampleOf = (code: AuditEventCode): AuditEvent =>
  ({ ...anAuditEvent({ code }), ...findCatalogueEntry(code)?.example }) as unknown as AuditEvent;

/** What the classes demand (https://schema.ocsf.io/1.3.0), beside what all events have. */
const REQUIRED: Readonly<Record<number, readonly string[]>> = {
  3001: ['user'],
  3002: ['user', 'service'],
  3004: ['entity'],
  3005: ['user', 'privileges'],
  3006: ['group'],
  4014: ['src_endpoint', 'tunnel_type_id'],
  6002: ['app'],
  6003: ['actor', 'api', 'src_endpoint'],
};
const ALWAYS = ['metadata', 'time', 'category_uid', 'class_uid', 'activity_id', 'type_uid', 'severity_id'];

/** Reads CEF as a receiver does: bars end fields of the header, and a key begins behind a blank and ends at an equals sign. */
function readCef(line: string): {
  readonly header: readonly string[];
  readonly extension: ReadonlyMap<string, string>;
} {
  const parts = line.split(/(?<!\\)(?:\\\\)*\|/);
  const header = parts.slice(0, 7).map((part) => part.replace(/\\([\\|])/g, '$1'));
  const rest = line.slice(parts.slice(0, 7).join('|').length + 1);
  const extension = new Map<string, string>();
  for (const [, key = '', value = ''] of rest.matchAll(/(?:^| )(\w+)=((?:\\.|[^\\=])*?)(?=$| \w+=)/g)) {
    const unescaped = value.replace(/\\([\\=nr])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : c));
    extension.set(key, unescaped);
  }
  return { header, extension };
}

describe('events in OCSF', () => {
  it.each(codes)('has a class, an activity and all that the class demands for %s', (code) => {
    const event = exampleOf(code);
    const ocsf = toOcsf(event);
    const known: OcsfClass = OCSF_CLASSES[OCSF_TABLE[code].class];
    expect(ocsf['class_uid']).toBe(known.classUid);
    expect(Math.floor(known.classUid / 1_000)).toBe(ocsf['category_uid']);
    expect(ocsf['type_uid']).toBe(known.classUid * 100 + Number(ocsf['activity_id']));
    expect(known.activities).toMatchObject({ [String(ocsf['activity_name'])]: ocsf['activity_id'] });
    for (const field of [...ALWAYS, ...(REQUIRED[known.classUid] ?? [])]) expect(ocsf, field).toHaveProperty(field);
    expect(ocsf).toMatchObject({
      metadata: { version: '1.3.0', uid: event.id, event_code: code, product: { vendor_name: 'Sallyport' } },
      time: event.at.getTime(),
    });
    expect(JSON.parse(formatOcsf(event))).toEqual(JSON.parse(JSON.stringify(ocsf)));
  });

  it('says of a proxied request who asked what of which cluster, and how it ended', () => {
    expect(toOcsf(exampleOf('proxy.request.completed'))).toMatchObject({
      class_uid: 6003,
      activity_name: 'Delete',
      status: 'Success',
      actor: { user: { name: 'ada@example.com', groups: [{ name: 'platform' }] } },
      src_endpoint: { ip: '203.0.113.7' },
      api: {
        operation: 'delete',
        service: { name: 'production-eu' },
        group: { name: 'core' },
        response: { code: 200 },
      },
      resources: [{ type: 'pods', namespace: 'shop', name: 'cart-7d9f' }],
      http_request: { http_method: 'DELETE', url: { path: '/api/v1/namespaces/shop/pods/cart-7d9f' } },
      duration: 41,
    });
    expect(toOcsf(exampleOf('proxy.request.denied'))).toMatchObject({
      status: 'Failure',
      status_code: 'ERR_PROXY_DENIED',
      status_detail: 'ada@example.com may not delete pods in the namespace shop of production-eu',
    });
    expect(toOcsf(exampleOf('proxy.request.interrupted'))).toMatchObject({ status: 'Unknown' });
  });

  it('says whose account or access it is, not who changed it', () => {
    expect(toOcsf(exampleOf('user.invited'))).toMatchObject({
      actor: { user: { name: 'ada@example.com' } },
      user: { name: 'grace@example.com' },
    });
    expect(toOcsf(exampleOf('grant.revoked'))).toMatchObject({
      activity_name: 'Revoke Privileges',
      user: { name: 'ada@example.com' },
      privileges: ['operator'],
      resource: { type: 'Grant', uid: 'gnt_01k9y3t0q5m8w2v7h4x6z1r9br' },
    });
    expect(toOcsf(exampleOf('session.recording.started'))).toMatchObject({
      entity: { type: 'Session Recording', uid: 'rec_01k9y3t0q5m8w2v7h4x6z1r9bh' },
    });
  });
});

describe('events in CEF', () => {
  it.each(codes)('is one line that reads back for %s', (code) => {
    const event = exampleOf(code);
    const line = formatCef(event);
    expect(line).not.toMatch(/[\r\n]/);
    const { header, extension } = readCef(line);
    expect(header.slice(0, 6)).toEqual(['CEF:0', 'Sallyport', 'Sallyport', '1', code, AUDIT_CATALOGUE[code].name]);
    expect(Number(header[6])).toBeGreaterThanOrEqual(3);
    expect(extension.get('externalId')).toBe(event.id);
    expect(extension.get('rt')).toBe(String(event.at.getTime()));
    expect(extension.get('suser')).toBe(event.principal?.userName);
    if (event.details !== undefined) expect(JSON.parse(extension.get('cs6') ?? '')).toEqual(event.details);
  });

  it('tells a failure, an address of IPv6, and what was asked', () => {
    const { extension } = readCef(formatCef({ ...exampleOf('proxy.request.denied'), sourceAddress: '2001:db8::7' }));
    expect(Object.fromEntries(extension)).toMatchObject({
      outcome: 'failure',
      act: 'delete',
      c6a2: '2001:db8::7',
      c6a2Label: 'Source IPv6 Address',
      cs1: 'production-eu',
      cs2: 'shop pods cart-7d9f',
      cn1: '403',
      reason: 'ada@example.com may not delete pods in the namespace shop of production-eu',
    });
    expect(extension.has('src')).toBe(false);
  });
});

describe('hostile text', () => {
  const hostile =
    'a|b\\c=d\r\nCEF:0|x|y|1|z|w|10|suser=root cs1=none \u001b[2J\u202e\u0000\ud800 Bearer c4nAryS3cr3tTk9';
  const event = {
    ...exampleOf('tunnel.refused'),
    principal: { id: 'prn_1' as never, userName: hostile, groups: [hostile], issuer: hostile },
    sourceAddress: hostile,
    details: { reason: hostile },
  } as AuditEvent;

  it('SEC-G04 stays one line of CEF, in its own field, without what a terminal obeys', () => {
    const line = formatCef(event);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    const { header, extension } = readCef(line);
    expect(header[4]).toBe('tunnel.refused');
    expect(extension.get('suser')).toBe(
      'a|b\\c=d\r\nCEF:0|x|y|1|z|w|10|suser=root cs1=none \ufffd[2J\ufffd\ufffd\ufffd Bearer [redacted]',
    );
    expect(extension.get('cs1')).toBe('production-eu');
    expect(extension.has('src')).toBe(false);
  });

  it('SEC-G03 is written without its secrets in every format', () => {
    for (const line of [formatCef(event), formatOcsf(event)]) expect(line).not.toContain('c4nAryS3cr3tTk9');
  });

  it('is cut where a field of CEF takes no more', () => {
    const { extension } = readCef(formatCef({ ...event, details: { reason: 'x'.repeat(9_000) } } as AuditEvent));
    expect(extension.get('reason')).toHaveLength(1_023);
    expect(extension.get('cs6')).toHaveLength(4_000);
  });
});
