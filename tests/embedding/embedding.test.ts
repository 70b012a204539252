import { writeFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { API_VERSION } from '@sallyport/core/api';
import { formatKubeconfig, mintKubeconfig } from '@sallyport/core/kubeconfig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetPods, podCases } from '../kube-contract/pod-cases.ts';
import { createTarget, type Target, UpgradeRefused } from '../kube-contract/target.ts';
import { watchCases } from '../kube-contract/watch-cases.ts';
import { awaitCondition, lacks, part, run, temporaryFolder } from '../support/index.ts';
import { type ClusterName, type Mounted, ORGANIZATION, startMounted } from './harness.ts';
import { hostKinds } from './hosts.ts';

const folder = temporaryFolder('embedding');
const NAMESPACE = 'embedded';
const MIB = 1_048_576;
const SPDY = ['Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', 'v4.channel.k8s.io'];

/** A target below the prefix of a cluster: every path goes by the way that kubectl's do. */
function below(prefix: string, target: Target): Target {
  return {
    ...target,
    send: (method, path, options) => target.send(method, prefix + path, options),
    stream: (path, options) => target.stream(prefix + path, options),
    upgrade: (method, path, headers) => target.upgrade(method, prefix + path, headers),
  };
}

for (const kind of hostKinds) {
  describe(`mounted in ${kind.name}`, () => {
    let mounted: Mounted;
    let admin: Target;
    let viewer: Target;
    const prefixOf = (cluster: ClusterName) => `/k/${ORGANIZATION}/${cluster}`;
    const tokenOf = async (who: 'admin' | 'viewer', name: ClusterName) =>
      (await mounted[who].api.mintKubeCredential({ organization: ORGANIZATION, name })).token;
    async function targetOf(who: 'admin' | 'viewer'): Promise<Target> {
      const { url, server, cluster } = mounted;
      const facts = { name: kind.name, minor: 36, namespace: NAMESPACE, image: 'busybox:1' };
      const target = createTarget(
        { url, ca: server.caPem, token: await tokenOf(who, 'demo') },
        { ...facts, forgetHistory: () => cluster.compact() },
      );
      return below(prefixOf('demo'), target);
    }
    beforeAll(async () => {
      mounted = await startMounted(kind);
      [admin, viewer] = await Promise.all([targetOf('admin'), targetOf('viewer')]);
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
      expect(await admin.send('POST', '/api/v1/namespaces', { body })).toMatchObject({ status: 201 });
      const accounts = await admin.stream(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts?watch=true`);
      await accounts.next();
      accounts.close();
    }, 120_000);
    afterAll(async () => {
      forgetPods();
      await mounted?.close();
    });

    it('gets and lists, as the person and no more', async () => {
      const list = await viewer.send('GET', '/api/v1/pods');
      expect(list).toMatchObject({ status: 200, json: { kind: 'PodList' } });
      const { namespace, name } = list.json.items[0].metadata;
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      expect(await viewer.send('GET', path)).toMatchObject({ status: 200, json: { metadata: { name } } });
      expect(mounted.cluster.audit.events.at(-1)).toMatchObject({
        impersonatedUser: { username: 'viewer@portal.test' },
      });
    });

    it('says who may not what as a Status, to requests and to those that ask for another protocol', async () => {
      const path = `/api/v1/namespaces/${NAMESPACE}/secrets`;
      const { url, server } = mounted;
      const stranger = createTarget({ url, ca: server.caPem }, { ...viewer });
      expect(await stranger.send('GET', `${prefixOf('demo')}${path}`)).toMatchObject({
        status: 401,
        json: { kind: 'Status', reason: 'Unauthorized' },
      });
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
      expect(await viewer.send('POST', path, { body })).toMatchObject({
        status: 403,
        json: {
          kind: 'Status',
          status: 'Failure',
          reason: 'Forbidden',
          message: expect.stringContaining('viewer@portal.test'),
        },
      });
      const exec = viewer.upgrade('POST', `/api/v1/namespaces/${NAMESPACE}/pods/a/exec?command=sh`, SPDY);
      await expect(exec).rejects.toThrow(UpgradeRefused);
      const { status, body: answered } = await exec.then(
        () => expect.unreachable(),
        (error: UpgradeRefused) => error,
      );
      expect([status, JSON.parse(answered)]).toMatchObject([403, { kind: 'Status', reason: 'Forbidden' }]);
    });

    describe('watches', () => {
      for (const one of watchCases) it(one.name, () => one.run(admin), 90_000);
    });

    describe('pods: logs, exec over WebSocket and over SPDY', () => {
      for (const one of podCases) it(one.name, () => one.run(admin), 90_000);
    });

    /** Begins an upload that the API server reads when it likes, and says how much of it was taken. */
    async function beginUpload(): Promise<{ readonly call: ClientRequest; taken(): number }> {
      const call = request(`${mounted.url}${prefixOf('slow')}/api/v1/namespaces/default/pods/web/proxy/upload`, {
        method: 'POST',
        ca: mounted.server.caPem,
        agent: false,
        headers: { authorization: `Bearer ${await tokenOf('admin', 'slow')}`, 'content-type': 'application/json' },
      });
      call.on('error', () => {});
      return { call, taken: () => (call.socket?.bytesWritten ?? 0) - (call.socket?.writableLength ?? 0) };
    }

    it('takes an upload no faster than the cluster does, and the whole of it in the end', async () => {
      const { call, taken } = await beginUpload();
      const size = 96 * MIB;
      const chunk = Buffer.alloc(MIB, 0x20);
      for (let sent = 0; sent < size; sent += chunk.length) call.write(chunk);
      call.end();
      const upload = await mounted.slow.upload();
      // It comes to rest far from the end: whatever is between caller and cluster holds what its windows allow, not the upload.
      let before = -1;
      await awaitCondition(
        () => {
          const now = taken();
          const rests = now === before;
          before = now;
          return rests;
        },
        { what: 'the upload waits', everyMs: 500 },
      );
      expect(taken()).toBeLessThan(size / 2);
      let received = 0;
      for await (const piece of upload) received += (piece as Buffer).length;
      expect(received).toBe(size);
      call.destroy();
    }, 60_000);

    it('ends the request at the cluster when the caller goes away', async () => {
      const { call } = await beginUpload();
      call.write('{');
      const upload = await mounted.slow.upload();
      const gone = new Promise((resolve) => upload.once('close', resolve));
      upload.on('error', () => {});
      call.destroy();
      await gone;
      const watch = await viewer.stream('/api/v1/namespaces?watch=true');
      await watch.next();
      const { activeCount } = mounted.server.proxy;
      watch.close();
      await awaitCondition(() => mounted.server.proxy.activeCount < activeCount, { what: 'the watch is over' });
    });

    it('serves the API: what a caller asks, and problems as problem+json', async () => {
      const { items } = await mounted.viewer.api.listClusters({ organization: ORGANIZATION });
      expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['demo', 'slow']);
      const body = { apiVersion: API_VERSION, kind: 'ServiceAccount', metadata: { name: 'robot' }, spec: {} } as const;
      await mounted.admin.api.createServiceAccount({ organization: ORGANIZATION, body });
      const refused = mounted.viewer.api.createServiceAccount({ organization: ORGANIZATION, body });
      await expect(refused).rejects.toMatchObject({ problem: { status: 403, code: 'ERR_API_FORBIDDEN' } });
      const missing = await mounted.fetch(`${mounted.url}/api/v1/me`);
      expect([missing.status, missing.headers.get('content-type')]).toEqual([
        401,
        expect.stringContaining('application/problem+json'),
      ]);
    });

    it('leaves the host its own routes, what it says on every answer, and its reading of bodies', async () => {
      const { url, fetch } = mounted;
      const hello = await fetch(`${url}/portal/hello`);
      expect([hello.status, hello.headers.get('x-portal'), await hello.text()]).toEqual([200, 'yes', 'hello']);
      const said = JSON.stringify({ a: [1, 2, 3] });
      const headers = { 'content-type': 'application/json' };
      const echo = await fetch(`${url}/portal/echo`, { method: 'POST', body: said, headers });
      expect([echo.status, await echo.text()]).toEqual([200, said]);
      expect((await fetch(`${url}/portal/nothing`)).status).toBe(404);
      expect((await fetch(`${url}/api/v1/me`)).headers.get('x-portal')).toBe('yes');
    });

    it.skipIf(lacks('kubectl'))(
      'serves kubectl: a list, exec with input, and an exit code',
      async () => {
        const { url, server } = mounted;
        const kubeconfig = join(folder, `${kind.name.replace(/\W/g, '-')}.kubeconfig`);
        const credential = await mounted.admin.api.mintStaticToken({ organization: ORGANIZATION, name: 'demo' });
        const entry = {
          ...{ name: 'demo', server: `${url}${prefixOf('demo')}`, caPem: server.caPem },
          credential: {
            ...{ kind: 'token' as const, id: credential.id },
            expiresAt: new Date(credential.expiresAt),
            token: new Secret(credential.token),
          },
        };
        const owner = { server: url, organization: ORGANIZATION, command: 'sallyport' };
        const config = mintKubeconfig({ ...owner, clusters: [entry], currentCluster: 'demo' });
        writeFileSync(kubeconfig, formatKubeconfig(config), { mode: 0o600 });
        const kubectl = (words: readonly string[], input = '') =>
          run(part('kubectl'), ['--kubeconfig', kubeconfig, '--cache-dir', folder, ...words], { input });
        const pods = await kubectl([
          'get',
          'pods',
          '-A',
          '-o',
          'jsonpath={.items[0].metadata.namespace}/{.items[0].metadata.name}',
        ]);
        expect(pods).toMatchObject({ code: 0, stderr: '' });
        const [namespace = '', pod = ''] = pods.stdout.split('/');
        const exec = await kubectl(['exec', '-i', '-n', namespace, pod, '--', 'cat'], 'through the portal');
        expect(exec).toMatchObject({ code: 0, stdout: 'through the portal' });
        const failed = await kubectl(['exec', '-n', namespace, pod, '--', 'sh', '-c', 'exit 7']);
        expect(failed.code).toBe(7);
      },
      60_000,
    );

    it('answers 404 to another protocol at an address of nobody', async () => {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${mounted.url}/portal/hello`, {
          ca: mounted.server.caPem,
          agent: false,
          headers: { connection: 'upgrade', upgrade: 'websocket' },
        })
          .on('response', resolve)
          .on('error', reject)
          .end();
      });
      expect(answer.resume().statusCode).toBe(404);
    });
  });
}
