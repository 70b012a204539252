import { readFileSync } from 'node:fs';
import { parseRequestAttributes } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { decodeMessage, openProtobuf } from './decode-protobuf.ts';
import { deriveContent } from './derive-content.ts';
import { INSPECTION_LIMITS } from './limits.ts';
import { UnreadableBody } from './parse-json.ts';
import { podFieldCheck } from './pod-fields.ts';
import { readProtobuf } from './protobuf-reader.ts';
import { shapeOf } from './protobuf-shapes.ts';

interface Encoded {
  readonly path: string;
  readonly json: { readonly kind: string };
  readonly protobuf: string;
}

const { objects } = JSON.parse(readFileSync(new URL('./testdata/protobuf-objects.json', import.meta.url), 'utf8')) as {
  objects: Encoded[];
};

function needs(path: string, type: string, body: Uint8Array) {
  const request = { method: 'POST', headers: ['Content-Type', type], attributes: parseRequestAttributes('POST', path) };
  const content = deriveContent(request, body, INSPECTION_LIMITS);
  return 'code' in content ? content.code : { ...content, privileges: content.privileges.map(({ at }) => at).sort() };
}

const bytes = (...parts: (number | string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string))));
/** A field of bytes; numbers from 16 on take two bytes. */
const field = (number: number, value: Uint8Array) => {
  const tag = number * 8 + 2;
  return bytes(...(tag < 0x80 ? [tag] : [(tag % 0x80) + 0x80, tag >> 7]), value.length, value);
};
const wrap = (kind: string, raw: Uint8Array, apiVersion = 'v1') =>
  bytes('k8s\0', field(1, bytes(field(1, bytes(apiVersion)), field(2, bytes(kind)))), field(2, raw));
const podWith = (securityContext: Uint8Array) =>
  wrap('Pod', field(2, field(2, bytes(field(1, bytes('c')), field(15, securityContext)))));
/** Every place that counts, without an end to the list. */
function places(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([name, inner]) => {
      const detail = podFieldCheck(name)?.(inner);
      return [...(detail === undefined ? [] : [`${at}/${name}${detail}`]), ...places(inner, `${at}/${name}`)];
    })
    .sort();
}

const PODS = '/api/v1/namespaces/shop/pods';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PRIVILEGED = bytes(0x10, 1);
const PLAIN = bytes(0x10, 0);

describe('protobuf bodies', () => {
  it.each(objects.map((one) => [one.json.kind, one] as const))(
    'SEC-B08 need in protobuf what they need in JSON: %s as the API server encodes it',
    (kind, { path, json, protobuf }) => {
      const body = Buffer.from(protobuf, 'base64');
      const { raw } = openProtobuf(body);
      const decoded = decodeMessage(raw, shapeOf(kind) ?? {});
      expect(places(decoded)).toEqual(places(json));
      expect(needs(path, PROTOBUF, body)).not.toMatchObject({ privileges: [] });
    },
  );

  it('SEC-B08 count what newer versions know: AppArmor profiles and processes of a Windows host', () => {
    const unconfined = field(12, field(1, bytes('Unconfined')));
    expect(needs(PODS, PROTOBUF, podWith(unconfined))).toMatchObject({
      privileges: ['spec.containers[0].securityContext.appArmorProfile.type'],
    });
    expect(needs(PODS, PROTOBUF, podWith(field(10, bytes(0x20, 1))))).toMatchObject({
      privileges: ['spec.containers[0].securityContext.windowsOptions.hostProcess'],
    });
    const ephemeral = field(34, field(1, field(15, PRIVILEGED)));
    expect(needs(PODS, PROTOBUF, wrap('Pod', field(2, ephemeral)))).toMatchObject({
      privileges: ['spec.ephemeralContainers[0].securityContext.privileged'],
    });
  });

  it('SEC-B08 count a message that stands twice as one, as Go merges it', () => {
    const twice = field(2, bytes(field(15, PRIVILEGED), field(15, PLAIN)));
    expect(needs(PODS, PROTOBUF, wrap('Pod', field(2, twice)))).toMatchObject({
      privileges: ['spec.containers[0].securityContext.privileged'],
    });
    const specs = bytes(field(2, bytes(0x58, 1)), field(2, bytes(0x60, 0)));
    expect(needs(PODS, PROTOBUF, wrap('Pod', specs))).toMatchObject({ privileges: ['spec.hostNetwork'] });
  });

  it.each([
    ['of a kind that is not known here', wrap('Rollout', bytes()), 'ERR_PROXY_BODY_UNSUPPORTED'],
    ['without a kind', bytes('k8s\0', field(2, bytes())), 'ERR_PROXY_BODY_UNREADABLE'],
    ['without the magic bytes', bytes('k8s', field(2, bytes())), 'ERR_PROXY_BODY_UNREADABLE'],
    ['with two messages', bytes(wrap('Pod', bytes()), field(2, bytes())), 'ERR_PROXY_BODY_UNREADABLE'],
    ['with an encoding inside', bytes(wrap('Pod', bytes()), field(3, bytes('gzip'))), 'ERR_PROXY_BODY_UNREADABLE'],
    ['with a number that stands twice', podWith(bytes(PRIVILEGED, PLAIN)), 'ERR_PROXY_BODY_UNREADABLE'],
    ['with text in place of a message', wrap('Pod', bytes(0x10, 1)), 'ERR_PROXY_BODY_UNREADABLE'],
    ['cut off', podWith(PRIVILEGED).subarray(0, -1), 'ERR_PROXY_BODY_UNREADABLE'],
    [
      'with a field number beyond 32 bits',
      wrap('Pod', bytes(0x92, 0x80, 0x80, 0x80, 0x10, 0)),
      'ERR_PROXY_BODY_UNREADABLE',
    ],
    ['with a group', wrap('Pod', bytes(0x13, 0x14)), 'ERR_PROXY_BODY_UNREADABLE'],
  ])('are refused %s', (_, body, code) => {
    expect(needs(PODS, PROTOBUF, body)).toBe(code);
  });

  it('SEC-B17 contradict the URL by the kind in their envelope', () => {
    expect(needs(PODS, PROTOBUF, wrap('ConfigMap', bytes()))).toMatchObject({
      contradiction: expect.stringContaining('"ConfigMap"') as string,
    });
  });

  it('SEC-B18 are looked through for the mask of a Secret', () => {
    const data = (value: string) => field(2, bytes(field(1, bytes('a')), field(2, bytes(value))));
    const path = '/api/v1/namespaces/shop/secrets';
    expect(needs(path, PROTOBUF, wrap('Secret', data('********')))).toMatchObject({ holdsMask: true });
    expect(needs(path, PROTOBUF, wrap('Secret', data('other')))).toMatchObject({ holdsMask: false });
  });

  it('pass over fields that nothing is read of, of every wire type', () => {
    const others = bytes(0x98, 0x06, 5, 0x99, 0x06, new Uint8Array(8), 0x9d, 0x06, new Uint8Array(4));
    expect(decodeMessage(others, { 1: ['a', 'text'] })).toEqual({});
    expect(() => readProtobuf(bytes(0x99, 0x06, 1))).toThrow(UnreadableBody);
    expect(() => openProtobuf(wrap('Pod', bytes(), '\xff'))).not.toThrow();
  });
});
