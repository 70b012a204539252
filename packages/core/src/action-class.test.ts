import { describe, expect, it } from 'vitest';
import { actionClassOf, isStreamingRequest } from './action-class.ts';
import { parseRequestAttributes } from './request-attributes.ts';

const POD = '/api/v1/namespaces/default/pods/p1';

describe('actionClassOf', () => {
  const cases: [string, string, string][] = [
    ['GET', '/version', 'read'],
    ['HEAD', '/healthz', 'read'],
    ['POST', '/version', 'write'],
    ['GET', '/api/v1/pods', 'read'],
    ['GET', '/api/v1/pods?watch=1', 'read'],
    ['GET', POD, 'read'],
    ['GET', `${POD}/log?follow=true`, 'read'],
    ['POST', '/api/v1/namespaces/default/pods', 'write'],
    ['PUT', POD, 'write'],
    ['PATCH', `${POD}/ephemeralcontainers`, 'write'],
    ['DELETE', POD, 'write'],
    ['DELETE', '/api/v1/namespaces/default/pods', 'write'],
    ['OPTIONS', POD, 'write'],
    ['POST', '/api/v1/namespaces/default/serviceaccounts/default/token', 'write'],
    ['GET', '/api/v1/watch/pods', 'read'],
    ['GET', '/api/v1/proxy/nodes/n1/metrics', 'connect'],
    ['GET', '/api/v1/nodes/n1/proxy/metrics', 'connect'],
    ['GET', '/api/v1/namespaces/default/services/web/proxy/', 'connect'],
  ];
  for (const [method, target, want] of cases) {
    it(`finds that ${method} ${target} is ${want}`, () => {
      expect(actionClassOf(parseRequestAttributes(method, target), false)).toBe(want);
    });
  }

  for (const subresource of ['exec', 'attach', 'portforward', 'proxy']) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      it(`SEC-B03 never takes ${method} of ${subresource} for a read`, () => {
        expect(actionClassOf(parseRequestAttributes(method, `${POD}/${subresource}`), false)).toBe('connect');
      });
    }
  }

  it('takes every upgrade for a connection', () => {
    for (const target of ['/api/v1/pods?watch=1', `${POD}/log`, '/version', POD]) {
      expect(actionClassOf(parseRequestAttributes('GET', target), true)).toBe('connect');
    }
  });
});

describe('isStreamingRequest', () => {
  it('is true for exec, attach and portforward by any method, and for nothing else', () => {
    const streaming = (method: string, target: string) => isStreamingRequest(parseRequestAttributes(method, target));
    for (const subresource of ['exec', 'attach', 'portforward']) {
      expect([streaming('GET', `${POD}/${subresource}`), streaming('POST', `${POD}/${subresource}`)]).toEqual([
        true,
        true,
      ]);
    }
    for (const target of [`${POD}/proxy`, `${POD}/log`, POD, '/api/v1/pods', '/exec']) {
      expect(streaming('GET', target)).toBe(false);
    }
  });
});
