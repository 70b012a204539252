import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, type Outcome, type Program, run, start, temporaryFolder } from '../support/index.ts';

/** What the suite runs against. */
export interface KubectlTarget {
  readonly kubectl: string;
  readonly kubeconfig: string;
  /** Image with sh and tar. */
  readonly image: string;
  /** Script of a container that says `tick` each second, and on whose port 8080 {@link GREETING} is served at `/`. */
  readonly serve: string;
  /** Checks what the cluster's own audit log says of the suite's requests. */
  readonly witness?: (namespace: string) => Promise<void>;
  close(): Promise<void>;
}

/** What the pod of the suite answers on its port. */
export const GREETING = 'hello from web:8080';

/** A script that says `tick` each second. */
export const TICK = 'while true; do echo tick; sleep 1; done';

/** A script that says `tick` each second and serves {@link GREETING} on port 8080: what a real cluster runs. */
export const SERVE_GREETING = `mkdir -p /tmp/www; echo '${GREETING}' > /tmp/www/index.html; httpd -p 8080 -h /tmp/www; ${TICK}`;

/** What not every kubectl or cluster has. */
export interface KubectlFeatures {
  /** `kubectl debug` with an ephemeral container. */
  readonly debug?: boolean;
  /** `kubectl top`. */
  readonly top?: boolean;
  /** `get --raw` with a server that has a path, which kubectl before 1.36 drops. Default true. */
  readonly rawPaths?: boolean;
  /** The target can say what the cluster saw. */
  readonly witness?: boolean;
}

/** Connections through one port-forward at the same time. */
const AT_ONCE = 8;

const ALPHABET = 'bcdfghjklmnpqrstvwxz';
/** A name that no earlier run has used. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${[...randomBytes(6)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

/** Defines the tests that every way from kubectl to a cluster must pass. */
export function defineKubectlSuite(
  title: string,
  skip: boolean,
  features: KubectlFeatures,
  setUp: () => Promise<KubectlTarget>,
): void {
  describe.skipIf(skip)(title, () => {
    const folder = temporaryFolder();
    const namespace = uniqueName('suite');
    let target: KubectlTarget;
    const args = (words: readonly string[]) => ['--kubeconfig', target.kubeconfig, '--namespace', namespace, ...words];
    const kubectl = (words: readonly string[], input?: string | Uint8Array): Promise<Outcome> =>
      run(target.kubectl, args(words), { input: input ?? '', timeoutMs: 90_000 });
    const started = (words: readonly string[]): Program => start(target.kubectl, args(words), { input: '' });
    const ok = async (words: readonly string[], input?: string | Uint8Array): Promise<string> => {
      const outcome = await kubectl(words, input);
      expect(outcome.code, `kubectl ${words.join(' ')}: ${outcome.stderr}`).toBe(0);
      return outcome.stdout;
    };

    const pod = (name: string, script: string, labels: Record<string, string> = {}) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image: target.image,
              imagePullPolicy: 'IfNotPresent',
              command: ['sh', '-c', script],
              stdin: true,
              ports: [{ containerPort: 8080 }],
            },
          ],
        },
      });
    beforeAll(async () => {
      target = await setUp();
      await run(target.kubectl, ['--kubeconfig', target.kubeconfig, 'create', 'namespace', namespace], {});
      // Pods need the default service account, which a controller makes.
      await awaitCondition(async () => (await kubectl(['get', 'serviceaccount', 'default'])).code === 0, {
        what: 'the namespace has its default service account',
      });
      await ok(['apply', '-f', '-'], pod('web', target.serve, { app: 'web' }));
      await ok(['wait', '--for=condition=Ready', 'pod/web', '--timeout=80s']);
    }, 180_000);
    afterAll(async () => {
      if (target === undefined) return;
      await kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false']);
      await run(
        target.kubectl,
        ['--kubeconfig', target.kubeconfig, 'delete', 'namespace', namespace, '--wait=false'],
        {},
      );
      await target.close();
    }, 60_000);

    it('gets, lists and describes', async () => {
      expect(await ok(['get', 'pods'])).toMatch(/^NAME +READY +STATUS[\s\S]*web +1\/1 +Running/);
      expect(JSON.parse(await ok(['get', 'pod', 'web', '-o', 'json']))).toMatchObject({ metadata: { name: 'web' } });
      expect(await ok(['describe', 'pod', 'web'])).toContain('Name:');
      expect(await ok(['api-resources'])).toContain('deployments');
    });

    it('applies, diffs, patches, labels and deletes', async () => {
      const map = (value: string) =>
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { key: value } });
      expect(await ok(['apply', '-f', '-'], map('one'))).toContain('created');
      expect(await ok(['apply', '-f', '-'], map('one'))).toContain('unchanged');
      const diff = await kubectl(['diff', '-f', '-'], map('two'));
      expect(diff.code, diff.stderr).toBe(1);
      expect(diff.stdout).toMatch(/-\s+key: one\n\+\s+key: two/);
      expect(await ok(['apply', '-f', '-'], map('two'))).toContain('configured');
      expect(await ok(['apply', '--server-side', '--force-conflicts', '-f', '-'], map('three'))).toContain(
        'serverside-applied',
      );
      await ok([
        'patch',
        'configmap',
        'settings',
        '--type=json',
        '-p',
        '[{"op":"add","path":"/data/more","value":"x"}]',
      ]);
      await ok(['patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"more":"y"}}']);
      await ok(['patch', 'configmap', 'settings', '-p', '{"metadata":{"labels":{"a":"b"}}}']);
      await ok(['label', 'configmap', 'settings', 'tier=test']);
      expect(JSON.parse(await ok(['get', 'configmap', 'settings', '-o', 'json']))).toMatchObject({
        data: { key: 'three', more: 'y' },
        metadata: { labels: { a: 'b', tier: 'test' } },
      });
      expect(await ok(['delete', 'configmap', 'settings'])).toContain('deleted');
    });

    it('watches until an object has changed', async () => {
      const watch = started([
        'get',
        'configmaps',
        '--watch',
        '-o',
        'name',
        '--field-selector',
        'metadata.name=watched',
      ]);
      await ok(['create', 'configmap', 'watched']);
      await watch.saw(/configmap\/watched/);
      watch.child.kill('SIGINT');
      await watch.ended;
    });

    it('scales a deployment and waits for its roll-out', async () => {
      await ok(
        ['apply', '-f', '-'],
        JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'scaled' },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'scaled' } },
            template: {
              metadata: { labels: { app: 'scaled' } },
              spec: {
                terminationGracePeriodSeconds: 0,
                containers: [
                  {
                    name: 'main',
                    image: target.image,
                    imagePullPolicy: 'IfNotPresent',
                    command: ['sh', '-c', 'sleep 100000'],
                  },
                ],
              },
            },
          },
        }),
      );
      await ok(['rollout', 'status', 'deployment/scaled', '--timeout=80s']);
      await ok(['scale', 'deployment/scaled', '--replicas=2']);
      await ok(['rollout', 'status', 'deployment/scaled', '--timeout=80s']);
      expect(await ok(['get', 'deployment', 'scaled', '-o', 'jsonpath={.status.readyReplicas}'])).toBe('2');
      await ok(['delete', 'deployment', 'scaled', '--wait=false']);
    }, 180_000);

    it('reads logs and follows them', async () => {
      expect(await ok(['logs', 'web'])).toContain('tick');
      const follow = started(['logs', '-f', 'web', '--tail=1']);
      await follow.saw(/tick\ntick/);
      follow.child.kill('SIGINT');
      await follow.ended;
    });

    it('executes with exit code, stdin and stderr apart', async () => {
      const mixed = await kubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
      expect(mixed).toMatchObject({ code: 7, stdout: 'out\n' });
      expect(mixed.stderr).toContain('err\n');
      expect(mixed.stderr).toContain('exit code 7');
      expect(await ok(['exec', '-i', 'web', '--', 'cat'], 'through stdin')).toBe('through stdin');
      expect((await kubectl(['exec', 'web', '--', 'true'])).code).toBe(0);
    });

    it('carries 64 MiB out and 8 MiB in', async () => {
      const out = await kubectl(['exec', 'web', '--', 'head', '-c', '67108864', '/dev/zero']);
      expect(out.bytes.length, out.stderr).toBe(67_108_864);
      expect(out.bytes.every((byte) => byte === 0)).toBe(true);
      expect((await ok(['exec', '-i', 'web', '--', 'wc', '-c'], randomBytes(8_388_608))).trim()).toBe('8388608');
    }, 120_000);

    it("gives a terminal with the size of the caller's", async () => {
      // `script` gives kubectl a terminal; stty inside tells the size that arrived.
      const words = [target.kubectl, ...args(['exec', '-it', 'web', '--', 'sh', '-c', 'sleep 1; stty size; exit 3'])];
      const command = `stty rows 33 cols 99; ${words.map((word) => `'${word}'`).join(' ')}`;
      const outcome = await run('script', ['-qec', command, '/dev/null'], { timeoutMs: 60_000 });
      expect(outcome.stdout).toContain('33 99');
      expect(outcome.code).toBe(3);
    });

    it('attaches to a container that runs', async () => {
      const attach = started(['attach', 'web']);
      await attach.saw(/tick/);
      attach.child.kill('SIGINT');
      await attach.ended;
    });

    it('copies files both ways', async () => {
      const bytes = randomBytes(3_000_000);
      writeFileSync(join(folder, 'there'), bytes);
      await ok(['cp', join(folder, 'there'), 'web:/tmp/copied']);
      await ok(['cp', 'web:/tmp/copied', join(folder, 'back')]);
      expect(readFileSync(join(folder, 'back')).equals(bytes)).toBe(true);
    });

    it('forwards a port to a pod, 40 connections', async () => {
      await forwardAndFetch('pod/web', 40);
    }, 120_000);

    it('forwards a port to a service', async () => {
      await ok(['expose', 'pod', 'web', '--port=80', '--target-port=8080', '--name=web']);
      await forwardAndFetch('service/web', 3, '80');
    }, 60_000);

    async function forwardAndFetch(to: string, times: number, port = '8080'): Promise<void> {
      const forward = started(['port-forward', to, `0:${port}`]);
      const [, local] = await forward.saw(/Forwarding from 127\.0\.0\.1:(\d+)/);
      // A few at a time: each connection of a 1.20 kubelet takes a second to end, also without a proxy.
      for (let done = 0; done < times; done += AT_ONCE) {
        const answers = await Promise.all(
          Array.from({ length: Math.min(AT_ONCE, times - done) }, () => fetchRaw(Number(local))),
        );
        for (const answer of answers) expect(answer).toContain(GREETING);
      }
      forward.child.kill('SIGINT');
      await forward.ended;
    }

    it('runs a pod with a terminal and removes it', async () => {
      const outcome = await kubectl(
        [
          'run',
          uniqueName('once'),
          '-i',
          '--rm',
          '--restart=Never',
          `--image=${target.image}`,
          '--image-pull-policy=IfNotPresent',
          '--command',
          '--',
          'sh',
          '-c',
          'cat; echo done',
        ],
        'typed in\n',
      );
      expect(outcome, outcome.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('done') });
    }, 120_000);

    it('asks what may be done', async () => {
      expect((await ok(['auth', 'can-i', 'create', 'pods'])).trim()).toBe('yes');
    });

    if (features.rawPaths !== false) {
      it('reaches a pod through its proxy subresource by a raw path', async () => {
        const raw = await ok(['get', '--raw', `/api/v1/namespaces/${namespace}/pods/web:8080/proxy/`]);
        expect(raw).toContain(GREETING);
      });
    }

    if (features.top) {
      it('shows resource use', async () => {
        expect(await ok(['top', 'nodes'])).toContain('CPU');
      });
    }

    if (features.debug) {
      it('debugs with an ephemeral container', async () => {
        const words = ['debug', 'web', '-i', `--image=${target.image}`, '--target=main', '--', 'echo', 'from-debug'];
        const outcome = await kubectl(words);
        expect(outcome.stdout + outcome.stderr).toContain('from-debug');
      }, 60_000);
    }

    if (features.witness) {
      it('acts upstream as the person, for each of these requests', () => target.witness?.(namespace));
    }
  });
}

/** One HTTP/1.0 request over a fresh connection, as text. */
function fetchRaw(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer after 20 s, got ${JSON.stringify(text)}`)));
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}
