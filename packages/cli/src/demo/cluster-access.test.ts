import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseClusterAccess } from './cluster-access.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';

function aKubeconfig(cluster: object = {}, user: object = { token: 'canary-token' }, rest: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'ctx',
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': base64(PEM), ...cluster },
      },
    ],
    users: [{ name: 'u', user }],
    ...rest,
  });
}

describe('parseClusterAccess', () => {
  it('reads a client certificate and the CA', () => {
    const text = aKubeconfig(
      { 'tls-server-name': 'api' },
      { 'client-certificate-data': base64(PEM), 'client-key-data': base64(PEM) },
    );
    expect(parseClusterAccess(text, 'f')).toEqual({
      url: 'https://10.0.0.1:6443',
      caPem: PEM,
      serverName: 'api',
      certificate: { certificatePem: PEM, keyPem: PEM },
    });
  });

  it('reads a token', () => {
    expect(parseClusterAccess(aKubeconfig(), 'f')).toEqual({
      url: 'https://10.0.0.1:6443',
      caPem: PEM,
      token: 'canary-token',
    });
  });

  for (const [name, text] of [
    ['a program in place of a credential', aKubeconfig({}, { exec: { command: '/bin/sh' } })],
    ['an auth provider', aKubeconfig({}, { 'auth-provider': { name: 'gcp' } })],
    ['a proxy', aKubeconfig({ 'proxy-url': 'http://evil.example' })],
    ['switched off certificate checks', aKubeconfig({ 'insecure-skip-tls-verify': true })],
    ['a CA by path', aKubeconfig({ 'certificate-authority': '/etc/shadow' })],
    ['a token by path', aKubeconfig({}, { tokenFile: '/etc/shadow' })],
    ['a key by path', aKubeconfig({}, { 'client-certificate-data': base64(PEM), 'client-key': '/etc/shadow' })],
  ] as const) {
    it(`SEC-G05 refuses ${name} and neither runs, dials nor reads it`, () => {
      expect(() => parseClusterAccess(text, '/tmp/k')).toThrow(
        expect.objectContaining({
          code: 'ERR_DEMO_KUBECONFIG',
          message: expect.stringMatching(/^the kubeconfig \/tmp\/k has the field \S+, which /),
          nextStep: expect.stringContaining('--flatten'),
        }),
      );
    });
  }

  for (const { name, text, want } of [
    { name: 'text that is not YAML', text: '{"a":', want: /is not YAML/ },
    { name: 'nothing', text: '', want: /is not a kubeconfig/ },
    { name: 'a list', text: '- a', want: /is not a kubeconfig/ },
    {
      name: 'no current context',
      text: aKubeconfig({}, {}, { 'current-context': '' }),
      want: /names no current context/,
    },
    { name: 'a missing context', text: aKubeconfig({}, {}, { 'current-context': 'x' }), want: /has no context "x"/ },
    { name: 'missing clusters', text: aKubeconfig({}, {}, { clusters: null }), want: /has no cluster "c"/ },
    { name: 'plain HTTP', text: aKubeconfig({ server: 'http://10.0.0.1' }), want: /names no https server/ },
    { name: 'no CA', text: aKubeconfig({ 'certificate-authority-data': '' }), want: /no certificate-authority-data/ },
    { name: 'no credential', text: aKubeconfig({}, { username: 'a' }), want: /neither a client certificate/ },
    {
      name: 'data that is no PEM',
      text: aKubeconfig({ 'certificate-authority-data': base64('junk') }),
      want: /holds no PEM in certificate-authority-data/,
    },
  ]) {
    it(`names the problem of ${name}, and no secret`, () => {
      expect(() => parseClusterAccess(text, 'f')).toThrow(want);
      expect(() => parseClusterAccess(text, 'f')).not.toThrow(/canary/);
    });
  }
});
