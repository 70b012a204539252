import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type RecordingUpstream, startRecordingUpstream } from '../testing/recording-upstream.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';
import { createInClusterUpstream } from './in-cluster.ts';
import { createKubeconfigUpstream } from './kubeconfig.ts';
import { createTokenFile } from './token-file.ts';

let ca: TestCa;
let folder: string;
let upstream: RecordingUpstream;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  ca = await createTestCa();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubeconfig-'));
  upstream = await startRecordingUpstream({ ca });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await upstream.close();
  await rm(folder, { recursive: true });
});

async function kubeconfig(
  cluster: Readonly<Record<string, unknown>> = {},
  user: Readonly<Record<string, unknown>> = { token: 'from-kubeconfig' },
): Promise<string> {
  const file = path.join(folder, 'config');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'agent',
    contexts: [{ name: 'agent', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `https://127.0.0.1:${upstream.port}`,
          'certificate-authority-data': Buffer.from(ca.certificatePem).toString('base64'),
          ...cluster,
        },
      },
    ],
    users: [{ name: 'u', user }],
  };
  await writeFile(file, stringify(document));
  return file;
}

function authorizationOf(requests: RecordingUpstream['requests']): string | undefined {
  const headers = requests.at(-1)?.rawHeaders ?? [];
  return headers[headers.indexOf('Authorization') + 1];
}

describe('an upstream from a kubeconfig', () => {
  it('uses its server, CA and token', async () => {
    const kube = createKubeconfigUpstream(await kubeconfig());
    closers.push(() => kube.close());
    expect(await kube.sendAsAgent({ method: 'GET', path: '/version' })).toEqual({ status: 200, body: {} });
    expect(authorizationOf(upstream.requests)).toBe('Bearer from-kubeconfig');
  });

  it('reads CA and token files beside the kubeconfig, and checks the name it is told', async () => {
    await writeFile(path.join(folder, 'ca.crt'), ca.certificatePem);
    await writeFile(path.join(folder, 'token'), 'from-file\n');
    const file = await kubeconfig(
      { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt', 'tls-server-name': 'localhost' },
      { tokenFile: 'token' },
    );
    const kube = createKubeconfigUpstream(file);
    closers.push(() => kube.close());
    expect((await kube.sendAsAgent({ method: 'GET', path: '/version' })).status).toBe(200);
    expect(authorizationOf(upstream.requests)).toBe('Bearer from-file');
  });

  it('takes a client certificate', async () => {
    const { certificatePem, keyPem } = await ca.issue({ dnsNames: ['agent'] });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const kube = createKubeconfigUpstream(
      await kubeconfig({}, { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) }),
    );
    closers.push(() => kube.close());
    expect((await kube.sendAsAgent({ method: 'GET', path: '/version' })).status).toBe(200);
    expect(upstream.requests.at(-1)?.rawHeaders).not.toContain('Authorization');
  });

  it('SEC-D04 does not believe a certificate for another name', async () => {
    const kube = createKubeconfigUpstream(await kubeconfig({ 'tls-server-name': 'kubernetes.default' }));
    closers.push(() => kube.close());
    await expect(kube.sendAsAgent({ method: 'GET', path: '/version' })).rejects.toMatchObject({
      code: 'ERR_AGENT_UPSTREAM_UNREACHABLE',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
    });
    expect(upstream.requests).toEqual([]);
  });

  const refusals: readonly [name: string, cluster: Record<string, unknown>, user?: Record<string, unknown>][] = [
    ['unverified TLS', { 'insecure-skip-tls-verify': true }],
    ['a proxy', { 'proxy-url': 'http://127.0.0.1:1' }],
    ['plain HTTP', { server: 'http://127.0.0.1:1' }],
    ['a server with a path', { server: 'https://127.0.0.1:1/k8s/clusters/c-1' }],
    ['no CA', { 'certificate-authority-data': undefined }],
    ['a credential plugin', {}, { exec: { command: 'touch', args: ['/tmp/x'] } }],
    ['an authentication provider', {}, { 'auth-provider': { name: 'gcp' } }],
    ['a password', {}, { username: 'a', password: 'hunter2' }],
    ['impersonation of its own', {}, { token: 'x', as: 'system:admin' }],
    ['no credential', {}, {}],
    ['a certificate without its key', {}, { 'client-certificate-data': 'eA==' }],
  ];
  for (const [name, cluster, user] of refusals) {
    it(`refuses ${name}`, async () => {
      const file = await kubeconfig(cluster, user);
      let error: unknown;
      try {
        createKubeconfigUpstream(file).close();
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({ code: 'ERR_AGENT_KUBECONFIG' });
      expect((error as Error).message).not.toContain('hunter2');
    });
  }

  it('says what is wrong with the file itself', async () => {
    const file = path.join(folder, 'broken');
    await writeFile(file, 'users: [{token: "s3cret');
    expect(() => createKubeconfigUpstream(file)).toThrow(/not YAML/);
    expect(() => createKubeconfigUpstream(path.join(folder, 'gone'))).toThrow(/ENOENT/);
    await writeFile(file, 'kind: Config\ncurrent-context: x\n');
    expect(() => createKubeconfigUpstream(file)).toThrow(/no context "x"/);
  });

  it('SEC-D13 refuses a broken CA bundle', async () => {
    const data = Buffer.from(`${ca.certificatePem}-----BEGIN CERTIFICATE-----\n`).toString('base64');
    const file = await kubeconfig({ 'certificate-authority-data': data });
    expect(() => createKubeconfigUpstream(file)).toThrow(expect.objectContaining({ code: 'ERR_AGENT_CA_BUNDLE' }));
  });
});

describe('an upstream in the cluster', () => {
  it('uses the mounted service account', async () => {
    await writeFile(path.join(folder, 'ca.crt'), ca.certificatePem);
    await writeFile(path.join(folder, 'token'), 'mounted');
    const kube = await createInClusterUpstream({ host: '127.0.0.1', port: upstream.port, directory: folder });
    closers.push(() => kube.close());
    expect((await kube.sendAsAgent({ method: 'GET', path: '/version' })).status).toBe(200);
    expect(authorizationOf(upstream.requests)).toBe('Bearer mounted');
  });

  it('says that there is no service account', async () => {
    await expect(createInClusterUpstream({ directory: path.join(folder, 'gone') })).rejects.toMatchObject({
      code: 'ERR_AGENT_CA_BUNDLE',
    });
  });
});

describe('a token file', () => {
  it('is read again after a minute, and never used longer', async () => {
    const file = path.join(folder, 'token');
    const clock = createFakeClock();
    await writeFile(file, 'one\n');
    const token = createTokenFile(file, clock);
    await writeFile(file, 'two\n');
    expect(token()).toBe('one');
    clock.advance(60_000);
    expect(token()).toBe('two');
    await rm(file);
    clock.advance(60_000);
    expect(() => token()).toThrow(expect.objectContaining({ code: 'ERR_AGENT_TOKEN' }));
    await writeFile(file, 'three');
    expect(token()).toBe('three');
  });

  for (const content of ['', ' \n', 'a b', 'a\r\nImpersonate-User: root', 'ø']) {
    it(`SEC-A16 is refused when it holds ${JSON.stringify(content)}`, async () => {
      const file = path.join(folder, 'token');
      await writeFile(file, content);
      expect(() => createTokenFile(file)).toThrow(expect.objectContaining({ code: 'ERR_AGENT_TOKEN' }));
    });
  }
});
