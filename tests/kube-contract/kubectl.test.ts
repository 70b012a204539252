import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createFakeKubeApiServer, type FakeKubeApiServer } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKubectl, KUBECTLS, type Kubectl } from './kubectl.ts';

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: c, image: "busybox:1", command: [sh, -c, "echo started; sleep 3600"], ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: red}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    }).on('error', reject);
  });
}

for (const { version, variable, path } of KUBECTLS) {
  const title = `kubectl ${version} against the fake API server`;
  describe.skipIf(path === undefined)(
    path === undefined ? `${title}: set ${variable} to its path to run it` : title,
    () => {
      const isOld = version === '1.20';
      let fake: FakeKubeApiServer;
      let kubectl: Kubectl;
      let home: string;
      let pod: string;
      const inShop = (...args: string[]): string[] => ['-n', 'smoke', ...args];

      async function ok(args: readonly string[], options?: Parameters<Kubectl>[1]) {
        const result = await kubectl(args, options);
        expect(`${result.code} ${result.code === 0 ? '' : result.stderr}`, args.join(' ')).toBe('0 ');
        return result;
      }

      beforeAll(async () => {
        fake = createFakeKubeApiServer();
        await fake.listen();
        const runner = await createKubectl(path ?? '', fake.kubeconfig({ token: 'admin-token' }));
        kubectl = runner.run;
        home = runner.home;
        await ok(['create', 'namespace', 'smoke']);
        await writeFile(join(home, 'web.yaml'), MANIFEST);
        await ok(inShop('apply', '-f', join(home, 'web.yaml')));
        await ok(inShop('rollout', 'status', 'deployment/web', '--timeout=20s'));
        const { stdout } = await ok(inShop('get', 'pods', '-l', 'app=web', '-o', 'name'));
        pod = (stdout.split('\n')[0] as string).replace('pod/', '');
      });
      afterAll(async () => {
        await fake.close();
        expect(fake.connectionCount).toBe(0);
        await rm(home, { recursive: true, force: true });
      });

      it('gets tables and objects', async () => {
        expect((await ok(inShop('get', 'deployments'))).stdout).toMatch(
          /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 /,
        );
        expect((await ok(inShop('get', 'configmap', 'settings', '-o', 'yaml'))).stdout).toContain('colour: red');
        expect((await ok(inShop('get', 'pods', '-o', 'wide'))).stdout).toMatch(/node-[12]/);
        expect((await ok(['get', 'nodes'])).stdout).toContain('control-plane');
        expect((await kubectl(inShop('get', 'pod', 'nope'))).stderr).toBe(
          'Error from server (NotFound): pods "nope" not found\n',
        );
      });

      it('diffs, applies on either side, patches', async () => {
        const file = join(home, 'changed.yaml');
        await writeFile(file, MANIFEST.replace('red', 'blue'));
        const diff = await kubectl(inShop('diff', '-f', file));
        expect(diff.code).toBe(1);
        expect(diff.stdout).toMatch(/- {2}colour: red\n\+ {2}colour: blue/);
        expect((await ok(inShop('apply', '-f', file))).stdout).toBe(
          'deployment.apps/web unchanged\nconfigmap/settings configured\nservice/web unchanged\n',
        );
        await ok(inShop('apply', '--server-side', '--force-conflicts', '-f', file));
        await ok(inShop('patch', 'configmap', 'settings', '-p', '{"data":{"shape":"round"}}'));
        expect((await ok(inShop('get', 'configmap', 'settings', '-o', 'jsonpath={.data}'))).stdout).toContain(
          '"shape":"round"',
        );
        await ok(inShop('label', 'configmap', 'settings', 'tier=gold'));
      });

      it('scales, waits and follows a rollout', async () => {
        await ok(inShop('create', 'deployment', 'roll', '--image=nginx:1.27'));
        await ok(inShop('wait', '--for=condition=Available', 'deployment/roll', '--timeout=20s'));
        await ok(inShop('scale', 'deployment/roll', '--replicas=3'));
        await ok(inShop('set', 'image', 'deployment/roll', 'nginx=nginx:1.28'));
        expect((await ok(inShop('rollout', 'status', 'deployment/roll', '--timeout=20s'))).stdout).toContain(
          'successfully rolled out',
        );
        await ok(inShop('delete', 'deployment', 'roll'));
      });

      it('reads logs, and follows them until they stop', async () => {
        expect((await ok(inShop('logs', pod))).stdout).toBe('started\n');
        const followed = await kubectl(inShop('logs', '-f', pod), {
          onOutput(text, stop) {
            if (!text.includes('appended')) fake.appendLog('smoke', pod, 'c', 'appended\n');
            else stop();
          },
        });
        expect(followed.stdout).toMatch(/^started\nappended\n/);
      });

      it('watches', async () => {
        await ok(inShop('create', 'configmap', 'watched'));
        const watched = await kubectl(inShop('get', 'configmap', '-w', '--field-selector=metadata.name=watched'), {
          onOutput(text, stop) {
            const rows = text.split('\n').length - 2;
            // The first row is the list; the second has to come over the watch.
            if (rows === 1) void kubectl(inShop('patch', 'configmap', 'watched', '-p', '{"data":{"a":"b"}}'));
            else if (rows > 1) stop();
          },
        });
        expect(watched.stdout).toMatch(/watched +0 .*\nwatched +1 /);
      });

      it('runs commands: stdout, stderr, exit code, stdin', async () => {
        const failed = await kubectl(inShop('exec', pod, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'));
        expect(failed).toMatchObject({
          code: 3,
          stdout: 'out\n',
          stderr: 'err\ncommand terminated with exit code 3\n',
        });
        expect((await ok(inShop('exec', '-i', pod, '--', 'cat'), { stdin: Buffer.from('typed') })).stdout).toBe(
          'typed',
        );
      });

      it('carries 8 MiB in and 16 MiB out', async () => {
        const input = randomBytes(8 * 1_024 * 1_024);
        expect((await ok(inShop('exec', '-i', pod, '--', 'md5sum'), { stdin: input })).stdout).toBe(
          `${md5(input)}  -\n`,
        );
        const out = await ok(inShop('exec', pod, '--', 'head', '-c', '16777216', '/dev/zero'));
        expect(out.stdoutBytes).toHaveLength(16_777_216);
      });

      it('copies both ways with the same checksum', async () => {
        const bytes = randomBytes(3_000_000);
        await writeFile(join(home, 'up.bin'), bytes);
        await ok(inShop('cp', join(home, 'up.bin'), `${pod}:/tmp/up.bin`));
        expect((await ok(inShop('exec', pod, '--', 'md5sum', '/tmp/up.bin'))).stdout).toContain(md5(bytes));
        await ok(inShop('cp', `${pod}:/tmp/up.bin`, join(home, 'down.bin')));
        expect(md5(await readFile(join(home, 'down.bin')))).toBe(md5(bytes));
      });

      it('forwards ports of a pod and of a service', async () => {
        for (const [target, remote] of [
          [`pod/${pod}`, '8080'],
          ['service/web', '80'],
        ] as const) {
          const answers: Promise<string>[] = [];
          await kubectl(inShop('port-forward', target, `:${remote}`), {
            onOutput(text, stop) {
              const port = /127\.0\.0\.1:(\d+) ->/.exec(text)?.[1];
              if (port === undefined || answers.length > 0) return;
              answers.push(fetchText(`http://127.0.0.1:${port}/`), fetchText(`http://127.0.0.1:${port}/bytes/1000000`));
              void Promise.allSettled(answers).then(stop);
            },
          });
          const [greeting, bytes] = await Promise.all(answers);
          expect(greeting).toMatch(/^hello from web-.*:8080\n$/);
          expect(bytes).toHaveLength(1_000_000);
        }
      });

      it('runs a pod once, with input, and takes its exit code', async () => {
        const args = (name: string, ...command: string[]) =>
          inShop('run', name, '--rm', '-i', '--restart=Never', '--image=busybox:1', '--', ...command);
        expect((await ok(args('once', 'cat'), { stdin: Buffer.from('through run\n') })).stdout).toContain(
          'through run',
        );
        expect(
          (await kubectl(args('fails', 'sh', '-c', 'read line; exit 9'), { stdin: Buffer.from('x\n') })).code,
        ).toBe(9);
      });

      it('attaches to a running process', async () => {
        await ok(
          inShop(
            'run',
            'talker',
            '--restart=Never',
            '--image=busybox:1',
            '--',
            'sh',
            '-c',
            'while true; do echo tick; sleep 1; done',
          ),
        );
        await ok(inShop('wait', '--for=condition=Ready', 'pod/talker', '--timeout=20s'));
        const attached = await kubectl(inShop('attach', 'talker'), {
          onOutput(text, stop) {
            if (text.includes('tick')) stop();
          },
        });
        expect(attached.stdout).toContain('tick');
        await ok(inShop('delete', 'pod', 'talker', '--grace-period=0', '--force'));
      });

      it('asks what it may do', async () => {
        expect((await ok(['auth', 'can-i', 'create', 'pods'])).stdout).toBe('yes\n');
        expect((await kubectl(['auth', 'can-i', 'create', 'pods', '--as=nobody'])).stdout).toBe('no\n');
        expect((await ok(['auth', 'can-i', '--list'])).stdout).toContain(
          'selfsubjectaccessreviews.authorization.k8s.io',
        );
      });

      it('shows usage, descriptions, explanations and resources', async () => {
        expect((await ok(inShop('top', 'pods'))).stdout).toMatch(/web-.* \d+m +\d+Mi/);
        expect((await ok(['top', 'nodes'])).stdout).toContain('node-1');
        expect((await ok(inShop('describe', 'pod', pod))).stdout).toMatch(/Controlled By: +ReplicaSet\/web-/);
        expect((await ok(['explain', 'pod.spec.containers'])).stdout).toMatch(/name\s+<string>/);
        expect((await ok(['api-resources'])).stdout).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
        expect((await ok(['get', '--raw', `/api/v1/namespaces/smoke/pods/${pod}:8080/proxy/`])).stdout).toContain(
          'hello from',
        );
      });

      // These came after 1.20.
      if (!isOld) {
        it('debugs, mints tokens and knows who it is', async () => {
          expect((await ok(['auth', 'whoami'])).stdout).toContain('system:masters');
          expect((await ok(inShop('create', 'token', 'default'))).stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+/);
          await ok(inShop('debug', pod, '--image=busybox:1', '--container=probe', '--', 'sh', '-c', 'echo probed'));
          const seen = await fake.audit.waitFor(
            (event) => event.objectRef?.subresource === 'ephemeralcontainers' && event.stage === 'ResponseComplete',
          );
          expect(seen).toMatchObject({ verb: 'patch', responseStatus: { code: 200 } });
          expect((await ok(inShop('logs', pod, '-c', 'probe'))).stdout).toBe('probed\n');
        });
      }

      it('deletes what it made', async () => {
        await ok(inShop('delete', '-f', join(home, 'web.yaml')));
        await ok(['delete', 'namespace', 'smoke']);
        expect((await kubectl(['get', 'namespace', 'smoke'])).code).toBe(1);
      });
    },
  );
}
