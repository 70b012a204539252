import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRequestAttributes } from './request-attributes.ts';

interface Row {
  readonly method: string;
  readonly target: string;
  readonly attributes: Record<string, string> | null;
  readonly refused?: string;
}
const rows = JSON.parse(
  readFileSync(new URL('../testdata/request-attributes.json', import.meta.url), 'utf8'),
) as readonly Row[];

/** What the parser refuses it for, or what it reads, without the fields that an audit event does not have. */
function outcome(method: string, target: string): unknown {
  try {
    const attributes = parseRequestAttributes(method, target);
    if (attributes.kind === 'nonResource') return { kind: attributes.kind, verb: attributes.verb };
    const { remainder: _remainder, path: _path, ...audited } = attributes;
    return audited;
  } catch (error) {
    return error;
  }
}

describe('parseRequestAttributes, against what a real kube-apiserver recorded', () => {
  it('has a table that is worth its name', () => {
    expect(rows.length).toBeGreaterThanOrEqual(200);
  });
  for (const { method, target, attributes, refused } of rows) {
    if (refused === undefined) {
      it(`SEC-B16 reads ${method} ${target}`, () => expect(outcome(method, target)).toEqual(attributes));
    } else {
      it(`SEC-B01 refuses ${method} ${target}`, () => {
        expect(outcome(method, target)).toMatchObject({
          code: 'ERR_REQUEST_AMBIGUOUS',
          message: expect.stringContaining(refused),
        });
      });
    }
  }
});

describe('parseRequestAttributes', () => {
  it('SEC-B16 refuses a query that the readers of some versions take for an empty or a shorter one', () => {
    const query = '/api/v1/pods?fieldSelector=metadata.name%3Dp1';
    expect(parseRequestAttributes('GET', query + '&'.repeat(9_999))).toMatchObject({ verb: 'list', name: 'p1' });
    expect(() => parseRequestAttributes('GET', query + '&'.repeat(10_000))).toThrow(
      'has 10001 parameters in its query, limit is 10000',
    );
    expect(() => parseRequestAttributes('GET', `${query}&labelSelector=app%00`)).toThrow('has a zero byte');
  });

  it.each([
    ['app+in+(%2C%2C)', ''],
    ['app+in+(a%2C+%2C)', ''],
    ['app+in+(%2C%2C%2C)', 'p1'],
    ['app+in+(%2C%2Ca)', 'p1'],
    ['app+in+(a%2C)', 'p1'],
    ['app+in+()', 'p1'],
    ['app%0B', ''],
    ['app%C2%A0', ''],
    ['%09app%0A', 'p1'],
  ])('SEC-B16 takes a name from the field selector beside the label selector %s as: "%s"', (selector, name) => {
    const target = `/api/v1/pods?labelSelector=${selector}&fieldSelector=metadata.name%3Dp1`;
    expect(parseRequestAttributes('GET', target)).toMatchObject({ verb: 'list', name });
  });

  it('reads a namespaced subresource', () => {
    expect(parseRequestAttributes('GET', '/api/v1/namespaces/default/pods/p1/log?follow=true')).toEqual({
      kind: 'resource',
      verb: 'get',
      apiGroup: '',
      apiVersion: 'v1',
      resource: 'pods',
      subresource: 'log',
      namespace: 'default',
      name: 'p1',
      remainder: '',
      path: '/api/v1/namespaces/default/pods/p1/log',
    });
  });

  it('reads a path that is no resource, its trailing slash too', () => {
    expect(parseRequestAttributes('GET', '/apis/?timeout=32s')).toEqual({
      kind: 'nonResource',
      verb: 'get',
      path: '/apis/',
    });
  });

  const remainders: [string, string][] = [
    ['/api/v1/namespaces/default/services/web/proxy', ''],
    ['/api/v1/namespaces/default/services/web/proxy/', ''],
    ['/api/v1/namespaces/default/services/web/proxy/a/b/?c', 'a/b/'],
    ['/api/v1/namespaces/default/services/web/proxy//a', '/a'],
    ['/api/v1/namespaces/default/services/web/proxy/a%2Fb%20c;d', 'a/b c;d'],
    ['/api/v1/nodes/n1/proxy/exec/ns/p/c?command=id', 'exec/ns/p/c'],
    ['/api/v1/namespaces/default/pods/p1/log/extra/', 'extra'],
    ['/api/v1/proxy/nodes/n1/exec/ns', 'exec/ns'],
    ['/api/v1/namespaces/default/pods/p1', ''],
  ];
  for (const [target, remainder] of remainders) {
    it(`SEC-B04 tells what stands behind the subresource in ${target}`, () => {
      expect(parseRequestAttributes('GET', target)).toMatchObject({ remainder, path: target.split('?')[0] });
    });
  }

  it('SEC-B02 hands back the path as it came, so that upstream decodes what was decided on', () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%25';
    expect(parseRequestAttributes('GET', path)).toMatchObject({ name: 'system:node%', path });
  });

  for (const target of [
    '',
    '/api/v1/pods\r\nX: y',
    '/api/v1/po ds',
    '/api/v1/pøds',
    '/api/v1/pods\u0000',
    '/api/v1/pods?a=\t',
    'https://elsewhere.test/api/v1/pods',
  ]) {
    it(`SEC-B01 refuses ${JSON.stringify(target)}, which no wire carries`, () => {
      expect(() => parseRequestAttributes('GET', target)).toThrow(
        expect.objectContaining({ code: 'ERR_REQUEST_AMBIGUOUS', nextStep: expect.any(String) }),
      );
    });
  }

  it('names the trouble without repeating the target', () => {
    expect(() => parseRequestAttributes('GET', '/api/v1/namespaces/secret-project//pods')).toThrow(
      /^request target has an empty segment$/,
    );
  });
});
