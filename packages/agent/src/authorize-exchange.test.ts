import { createId, type Impersonation } from '@sallyport/core';
import type { VerifiedCapability } from '@sallyport/core/credentials';
import type { RequestHead } from '@sallyport/tunnel/http';
import { describe, expect, it } from 'vitest';
import { assertCovered, assertSameAccess } from './authorize-exchange.ts';

const CEILING = { groups: ['sallyport:view', 'sallyport:edit'] };
const IDENTITY: Impersonation = {
  user: 'ada',
  groups: ['sallyport:view'],
  extra: { 'sallyport.dev/session': ['s-1'] },
};

function aCapability(overrides: Partial<VerifiedCapability> = {}): VerifiedCapability {
  return {
    clusterId: createId('cluster'),
    principalId: createId('principal'),
    loginSessionId: createId('loginSession'),
    impersonation: IDENTITY,
    actionClass: 'read',
    snapshotVersion: 1,
    issuedAt: new Date(0),
    expiresAt: new Date(60_000),
    ...overrides,
  };
}

function aHead(overrides: Partial<RequestHead> = {}): RequestHead {
  return { method: 'GET', target: '/api', headers: [], upgrade: false, capability: '', decisionId: '', ...overrides };
}

const POD = '/api/v1/namespaces/a/pods/b';

describe('the class of a request', () => {
  for (const [method, target, upgrade, want] of [
    ['GET', '/api/v1/pods', false, 'read'],
    ['HEAD', '/version', false, 'read'],
    ['POST', '/api/v1/namespaces/a/pods', false, 'write'],
    ['PATCH', POD, false, 'write'],
    ['DELETE', POD, false, 'write'],
    ['GET', `${POD}/exec?command=sh`, true, 'connect'],
    ['POST', `${POD}/exec?command=sh`, true, 'connect'],
    ['GET', `${POD}/log?follow=true`, true, 'connect'],
    ['GET', `${POD}/exec?command=sh`, false, 'connect'],
    ['GET', `${POD}/proxy/`, false, 'connect'],
  ] as const) {
    it(`is ${want} for ${method} ${target}${upgrade ? ' with an upgrade' : ''}, and nothing else covers it`, () => {
      const covering = (['read', 'write', 'connect'] as const).filter((actionClass) => {
        try {
          assertCovered(aCapability({ actionClass }), aHead({ method, target, upgrade }), CEILING);
          return true;
        } catch {
          return false;
        }
      });
      expect(covering).toEqual([want]);
    });
  }
  for (const [method, upgrade] of [
    ['CONNECT', false],
    ['TRACE', false],
    ['get', false],
    ['GET ', false],
    ['DELETE', true],
    ['CONNECT', true],
  ] as const) {
    it(`SEC-C04 does not exist for ${JSON.stringify(method)}${upgrade ? ' with an upgrade' : ''}`, () => {
      for (const actionClass of ['read', 'write', 'connect'] as const) {
        expect(() => assertCovered(aCapability({ actionClass }), aHead({ method, upgrade }), CEILING)).toThrow(
          expect.objectContaining({ code: 'ERR_AGENT_EXCHANGE_REFUSED' }),
        );
      }
    });
  }
});

describe('what a capability covers', () => {
  it('takes a request of its class for an identity below the ceiling', () => {
    expect(() => assertCovered(aCapability(), aHead(), CEILING)).not.toThrow();
    const groupless = aCapability({ impersonation: { user: 'ada', groups: [] } });
    expect(() => assertCovered(groupless, aHead(), CEILING)).not.toThrow();
  });

  const refusals: readonly [name: string, identity: Partial<Impersonation>, head?: Partial<RequestHead>][] = [
    ['SEC-D06 the group system:masters', { groups: ['system:masters'] }],
    ['SEC-D06 system:masters behind a permitted group', { groups: ['sallyport:view', 'system:masters'] }],
    ['SEC-D06 System:Masters in other case', { groups: ['System:Masters'] }],
    ['SEC-D06 a group outside the ceiling', { groups: ['sallyport:cluster-admin'] }],
    ['SEC-D06 a permitted group in other case', { groups: ['Sallyport:view'] }],
    ['SEC-D06 a user of the cluster itself', { user: 'system:admin' }],
    ['SEC-D06 a service account', { user: 'system:serviceaccount:kube-system:default' }],
    ['SEC-A09 an empty user', { user: '' }],
    ['SEC-A09 a blank user', { user: '  ' }],
    ['SEC-A09 no user at all', { user: undefined as unknown as string }],
    ['SEC-A09 a user that is a list', { user: ['ada'] as unknown as string }],
    ['SEC-A06 a group name with a comma', { groups: ['sallyport:view,system:masters'] }],
    ['SEC-A16 a user with a line break', { user: 'ada\r\nImpersonate-Group: system:masters' }],
    ['SEC-A16 a user with NUL', { user: 'ada\0' }],
    ['SEC-A16 a user with half a surrogate pair', { user: 'ada\ud800' }],
    ['SEC-A11 an extra key outside the ceiling', { extra: { 'example.com/scopes': ['x'] } }],
    ['SEC-A11 another key under the reserved prefix', { extra: { 'sallyport.dev/role': ['x'] } }],
    ['SEC-A11 the reserved key in other case', { extra: { 'Sallyport.dev/session': ['x'] } }],
    ['SEC-A11 the reserved key encoded', { extra: { 'sallyport.dev%2fsession': ['x'] } }],
    ['SEC-D04 a target that names a host', {}, { target: 'https://169.254.169.254/latest' }],
    ['SEC-D04 a target that begins with two slashes', {}, { target: '//169.254.169.254/latest' }],
    ['SEC-D04 a target in authority form', {}, { target: '169.254.169.254:80' }],
    ['SEC-A16 a target with a line break', {}, { target: '/api\r\nHost: evil' }],
    ['a target with a space', {}, { target: '/api v1' }],
    ['a write under a capability to read', {}, { method: 'DELETE' }],
    ['an upgrade under a capability to read', {}, { upgrade: true }],
  ];
  for (const [name, identity, head] of refusals) {
    it(`${name} is refused`, () => {
      const capability = aCapability({ impersonation: { ...IDENTITY, ...identity } });
      expect(() => assertCovered(capability, aHead(head), CEILING)).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(
            /^ERR_(AGENT_EXCHANGE_REFUSED|IMPERSONATION_INVALID|REQUEST_AMBIGUOUS)$/,
          ) as string,
        }),
      );
    });
  }

  it('refuses a read under a capability to write', () => {
    expect(() => assertCovered(aCapability({ actionClass: 'write' }), aHead(), CEILING)).toThrow(/covers write/);
  });
});

describe('a renewed capability', () => {
  const current = aCapability();
  it('may differ in its life and snapshot', () => {
    const renewed = { ...current, snapshotVersion: 2, issuedAt: new Date(50_000), expiresAt: new Date(110_000) };
    expect(() => assertSameAccess(current, renewed)).not.toThrow();
    const reordered = {
      ...current,
      impersonation: { extra: IDENTITY.extra ?? {}, groups: IDENTITY.groups, user: 'ada' },
    };
    expect(() => assertSameAccess(current, reordered)).not.toThrow();
  });
  for (const [what, change] of [
    ['cluster', { clusterId: createId('cluster') }],
    ['principal', { principalId: createId('principal') }],
    ['login session', { loginSessionId: createId('loginSession') }],
    ['class', { actionClass: 'write' }],
    ['user', { impersonation: { ...IDENTITY, user: 'eve' } }],
    ['groups', { impersonation: { ...IDENTITY, groups: ['sallyport:view', 'sallyport:edit'] } }],
    ['extra', { impersonation: { ...IDENTITY, extra: {} } }],
  ] as const) {
    it(`SEC-D06 may not differ in its ${what}`, () => {
      expect(() => assertSameAccess(current, { ...current, ...change })).toThrow(
        expect.objectContaining({ code: 'ERR_AGENT_EXCHANGE_REFUSED' }),
      );
    });
  }
});
