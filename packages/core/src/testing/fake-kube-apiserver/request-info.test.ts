import { describe, expect, it } from 'vitest';
import { parseRequestInfo } from './request-info.ts';

const NS = '/api/v1/namespaces/default';

// The rows were read off the audit log of a real API server.
const cases: { request: string; want: string }[] = [
  { request: `GET ${NS}/pods?limit=500`, want: 'list  pods  default ' },
  { request: `GET ${NS}/pods/p1`, want: 'get  pods  default p1' },
  { request: `GET ${NS}/pods?fieldSelector=metadata.name%3Dp1&watch=true`, want: 'watch  pods  default p1' },
  { request: `GET ${NS}/pods/p1/exec?command=true`, want: 'get  pods exec default p1' },
  { request: `POST ${NS}/pods/p1/exec?command=true`, want: 'create  pods exec default p1' },
  { request: `POST ${NS}/pods/p1/portforward`, want: 'create  pods portforward default p1' },
  { request: `GET ${NS}/pods/p1/log?follow=true`, want: 'get  pods log default p1' },
  { request: `PATCH ${NS}/pods/p1/ephemeralcontainers`, want: 'patch  pods ephemeralcontainers default p1' },
  { request: `POST ${NS}/serviceaccounts/default/token`, want: 'create  serviceaccounts token default default' },
  {
    request: 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    want: 'create authorization.k8s.io selfsubjectaccessreviews   ',
  },
  { request: `GET ${NS}/configmaps?fieldSelector=metadata.name%3Dnope`, want: 'list  configmaps  default nope' },
  { request: 'GET /api/v1/namespaces/default', want: 'get  namespaces  default default' },
  { request: 'PUT /api/v1/namespaces/default/finalize', want: 'update  namespaces finalize default default' },
  { request: 'GET /api/v1/namespaces', want: 'list  namespaces   ' },
  { request: `DELETE ${NS}/pods`, want: 'deletecollection  pods  default ' },
  { request: `DELETE ${NS}/pods/p1`, want: 'delete  pods  default p1' },
  { request: `GET /api/v1/watch/namespaces/default/pods`, want: 'watch  pods  default ' },
  { request: `GET ${NS}/pods?watch=false`, want: 'list  pods  default ' },
];

describe('parseRequestInfo', () => {
  for (const { request, want } of cases) {
    it(`reads ${request}`, () => {
      const [method = '', target = ''] = request.split(' ');
      const { isResource, verb, group, resource, subresource, namespace, name } = parseRequestInfo(method, target);
      expect(isResource).toBe(true);
      expect([verb, group, resource, subresource, namespace, name].join(' ')).toBe(want);
    });
  }

  it('knows paths that are no resources', () => {
    for (const path of ['/version', '/apis', '/apis/apps', '/apis/apps/v1', '/api/v1', '/openapi/v2']) {
      expect(parseRequestInfo('GET', path)).toMatchObject({ isResource: false, verb: 'get', path });
    }
  });
});
