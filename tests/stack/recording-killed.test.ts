import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import { parseAsciicast } from '@sallyport/audit/recording';
import { Secret, silentLogger } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { signIn } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../../packages/cli/src/state/home.ts';
import { runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import {
  awaitCondition,
  freePort,
  lacks,
  type Program,
  part,
  repository,
  run,
  start,
  temporaryFolder,
} from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { fetchTrusting, logIn, type Person } from './login.ts';
import { marksOf, streamOf } from './recordings.ts';

const organization = 'acme';

// The server is a process of its own, which is killed while a session runs, and started again.
describe.skipIf(lacks('kubectl'))('a recording whose server is killed', () => {
  const folder = temporaryFolder();
  const stopping = new AbortController();
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  let server: Program;
  let startServer: () => Promise<Program>;
  let agent: Promise<void> | undefined;
  let closeCluster: () => Promise<void>;
  let ada: Person;
  let kubeconfig: string;
  let sallyport: (...argv: readonly string[]) => ReturnType<typeof runCaptured>;

  beforeAll(async () => {
    const fake = await startFakeCluster();
    closeCluster = () => fake.cluster.close();
    const url = `https://127.0.0.1:${await freePort()}`;
    const password = randomBytes(18).toString('base64url');
    const user = { email: 'ada@acme.test', name: 'Ada', passwordFile: file('password', password), groups: ['admins'] };
    const config = file(
      'server.yaml',
      JSON.stringify({
        mode: 'development',
        listen: new URL(url).host,
        stateDir: join(folder, 'state'),
        organization,
        bindings: [{ role: 'owner', identityProvider: 'development', group: 'admins' }],
        developmentUsers: [user],
      }),
    );
    startServer = async () => {
      const words = [join(repository, 'packages/cli/bin/sallyport.js'), 'server', 'start', '--config', config];
      const program = start(process.execPath, words);
      await program.saw(/the server is ready/, { in: 'stderr' });
      return program;
    };
    server = await startServer();
    const caPem = readFileSync(join(folder, 'state', 'ca.pem'), 'utf8');
    ada = await logIn(url, caPem, user.email, password);
    const { install, joinToken } = await registerCluster(ada.api, organization, { name: 'prod' });
    await new Promise<void>((resolve, reject) => {
      agent = runAgent(
        {
          server: { url: new URL(install.serverUrl), caPem: install.caPem },
          clusterId: install.clusterId,
          capabilityKeys: install.capabilityJwks as never,
          joinToken: () => new Secret(joinToken.token),
          identity: { kind: 'file', directory: join(folder, 'agent') },
          upstream: { kind: 'kubeconfig', file: fake.kubeconfig },
          ceiling: ['sallyport:cluster-admin', 'sallyport:inventory'],
          drainTimeoutMs: 1_000,
        },
        { signal: stopping.signal, logger: silentLogger, onReady: (isReady) => isReady && resolve() },
      );
      agent.catch(reject);
    });
    const { token } = await ada.api.mintKubeCredential({ organization, name: 'prod' });
    const cluster = {
      server: `${url}/k/${organization}/prod`,
      'certificate-authority-data': Buffer.from(caPem).toString('base64'),
    };
    kubeconfig = file(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'prod',
        clusters: [{ name: 'prod', cluster }],
        users: [{ name: 'ada', user: { token } }],
        contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'ada' } }],
      }),
    );
    const home = createHome(join(folder, 'home')).folder;
    const browser = fetchTrusting(caPem);
    sallyport = (...argv) =>
      runCaptured(argv, {
        env: { SALLYPORT_HOME: home },
        userHome: home,
        async openBrowser(to) {
          const asked = { authorizationUrl: to.href, user: user.email, password, fetch: browser };
          await fetch(await signIn(asked));
          return true;
        },
      });
    const { exitCode, stderr } = await sallyport('login', url, '--ca-file', file('ca.pem', caPem));
    expect(exitCode, stderr).toBe(0);
    const words = ['--kubeconfig', kubeconfig, 'run', 'web', '--image=busybox', '--', 'sleep', '3600'];
    const made = await run(part('kubectl'), words);
    expect(made.code, made.stderr).toBe(0);
  }, 180_000);
  afterAll(async () => {
    stopping.abort();
    await agent;
    await server?.stop();
    await closeCluster?.();
  }, 60_000);

  it('ends as interrupted once there is a server again, holds what was stored, and is proved by the audit log', async () => {
    const script = 'i=0; while true; do i=$((i+1)); echo "tick $i"; sleep 1; done';
    const words = ['--kubeconfig', kubeconfig, 'exec', 'web', '--', 'sh', '-c', script];
    const exec = start(part('kubectl'), words);
    await exec.saw(/tick 4/);
    await server.stop({ signal: 'SIGKILL' });
    const { code, stdout } = await exec.ended;
    expect(code).not.toBe(0);

    // The lease of the server that is gone has to end first.
    server = await startServer();
    const session = await awaitCondition(
      async () => {
        const { items } = await ada.api.listSessions({ organization });
        return items.find(({ state }) => state === 'interrupted');
      },
      { what: 'the recording is ended', everyMs: 250, timeoutMs: 90_000 },
    );
    expect(session.reason).toBe('the server that recorded it was gone');
    expect(session.chunkCount).toBeGreaterThanOrEqual(2);
    const { events } = parseAsciicast(await ada.api.getRecording({ organization, id: session.id }));
    const stored = streamOf(events, 'stdout').toString();
    // At most a second of it, and what was on its way to the store, is lost.
    expect(stored).toContain('tick 2\n');
    expect(stdout.startsWith(stored)).toBe(true);
    expect(marksOf(events)).toEqual([]);

    const { items } = await ada.api.listAuditEvents({ organization, recording: session.id, limit: 100 });
    const ofIt = (wanted: string) => items.filter((event) => event.code === wanted);
    expect(ofIt('session.recording.started')).toHaveLength(1);
    expect(ofIt('session.recording.ended')).toEqual([]);
    expect(ofIt('session.recording.interrupted')).toMatchObject([
      {
        details: {
          state: 'interrupted',
          chunks: session.chunkCount,
          headSha256: session.headSha256,
          reason: 'the server that recorded it was gone',
        },
      },
    ]);
    // A bundle ends at the newest checkpoint, which may still be before the recording's end.
    await awaitCondition(
      async () => {
        const verified = await sallyport('audit', 'verify', '--recordings');
        expect([verified.exitCode, verified.stderr]).toEqual([0, expect.any(String)]);
        return verified.stdout.includes(', 1 recording,');
      },
      { what: 'a checkpoint covers the end of the recording', everyMs: 250, timeoutMs: 60_000 },
    );
  }, 240_000);
});
