import { describe, expect, it } from 'vitest';
import { parseRequestAttributes } from './request-attributes.ts';

describe('parseRequestAttributes', () => {
  it('reads a namespaced resource', () => {
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
});
