import { execFileSync } from 'node:child_process';
import type { RequestAttributes } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { waysToAsk } from './ways-to-ask.ts';

const HOUR = 3_600_000;
const DEVELOPER = { role: 'developer', maxDurationMs: 8 * HOUR };
const PUBLIC_URL = 'https://sallyport.example.com';

const onPods = (namespace: string): RequestAttributes => ({
  kind: 'resource',
  verb: 'delete',
  apiGroup: '',
  apiVersion: 'v1',
  resource: 'pods',
  subresource: '',
  namespace,
  name: 'web-0',
  remainder: '',
  path: `/api/v1/namespaces/${namespace}/pods/web-0`,
});
const inShop = { cluster: 'demo', attributes: onPods('shop') };

describe('waysToAsk', () => {
  it('gives the command and the address for a role', () => {
    expect(waysToAsk([DEVELOPER], inShop, PUBLIC_URL)).toEqual([
      'Ask for role developer:',
      "  sallyport access request --cluster demo --namespace shop --role developer --duration 1h --reason '...'",
      '  https://sallyport.example.com/access/new?cluster=demo&namespace=shop&role=developer',
    ]);
  });

  it('names no namespace for what is of the cluster, and no address without a public one', () => {
    const version: RequestAttributes = { kind: 'nonResource', verb: 'get', path: '/metrics' };
    for (const attributes of [onPods(''), version]) {
      expect(waysToAsk([DEVELOPER], { cluster: 'demo', attributes })).toEqual([
        'Ask for role developer:',
        "  sallyport access request --cluster demo --role developer --duration 1h --reason '...'",
      ]);
    }
  });

  it('proposes no longer than may be asked for', () => {
    const [, command] = waysToAsk([{ ...DEVELOPER, maxDurationMs: 15 * 60_000 }], inShop);
    expect(command).toContain('--duration 15m ');
  });

  it('proposes the first two of many roles, and nothing when there is none', () => {
    const roles = ['viewer', 'developer', 'admin'].map((role) => ({ role, maxDurationMs: HOUR }));
    expect(waysToAsk(roles, inShop).filter((line) => !line.startsWith(' '))).toEqual([
      'Ask for role viewer:',
      'Ask for role developer:',
    ]);
    expect(waysToAsk([], inShop, PUBLIC_URL)).toEqual([]);
  });

  it('SEC-E08 makes nothing of a namespace that can be none', () => {
    for (const namespace of [
      '$(reboot)',
      "a'b",
      'a;b',
      'a b',
      '-x',
      '--role',
      'ａ',
      'a\u202eb',
      'a\u001b[2Jb',
      'A',
      'a'.repeat(64),
    ]) {
      expect(waysToAsk([DEVELOPER], { cluster: 'demo', attributes: onPods(namespace) }, PUBLIC_URL), namespace).toEqual(
        [],
      );
    }
  });

  it('SEC-E08 keeps every word one word for a real shell and one value for the address', () => {
    for (const hostile of [
      "x'; touch /tmp/x; '",
      '$(id)',
      '`id`',
      '-rf',
      '--reason=x',
      'a&role=owner#',
      'a\\',
      '*',
      '',
    ]) {
      const [, command = '', address = ''] = waysToAsk(
        [{ ...DEVELOPER, role: hostile }],
        { ...inShop, cluster: hostile },
        PUBLIC_URL,
      );
      const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command.trim().replace(/^sallyport /, '')}`], {
        encoding: 'utf8',
      });
      expect(words.split('\n').slice(0, 8), hostile).toEqual([
        'access',
        'request',
        '--cluster',
        hostile,
        '--namespace',
        'shop',
        '--role',
        hostile,
      ]);
      const { origin, searchParams, hash } = new URL(address.trim());
      expect([origin, [...searchParams], hash]).toEqual([
        PUBLIC_URL,
        [
          ['cluster', hostile],
          ['namespace', 'shop'],
          ['role', hostile],
        ],
        '',
      ]);
    }
  });

  it('SEC-E08 lets nothing through that moves a cursor, ends a line or turns text around', () => {
    const hostile = 'a\u001b[2J\u009b1m\r\n\u2028\u202e\u200b\u0007b';
    const lines = waysToAsk([{ ...DEVELOPER, role: hostile }], { ...inShop, cluster: hostile }, PUBLIC_URL);
    expect(lines).toHaveLength(3);
    expect(lines.join('')).toMatch(/^[ -~]*$/);
    expect(lines[0]).toBe("Ask for role 'a[2J1mb':");
  });
});
