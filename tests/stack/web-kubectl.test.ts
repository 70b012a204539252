import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSandboxProgram } from '../../packages/server/src/testing/sandbox-program.ts';
import { lacks, part, run, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { listRecordings } from './recordings.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';
import { type OpenTerminal, openTerminal, signInBrowser } from './web-terminal.ts';

/** A cluster with a namespace and a pod in it. */
interface Place {
  readonly stack: Stack;
  readonly image: string;
  /** kubectl beside Sallyport. */
  readonly admin: (words: readonly string[], input?: string) => Promise<unknown>;
  close(): Promise<void>;
}

const adminWith =
  (kubeconfig: string): Place['admin'] =>
  (words, input = '') =>
    run(part('kubectl'), ['--kubeconfig', kubeconfig, ...words], { input, timeoutMs: 90_000 });
const terminals = () => ({ terminals: { kubectl: part('kubectl'), program: buildSandboxProgram() } });

const PLACES = [
  {
    name: 'a made-up cluster',
    isLacking: lacks('kubectl'),
    hasFiles: false,
    async open(): Promise<Place> {
      const { cluster, kubeconfig, adminKubeconfig } = await startFakeCluster();
      const stack = await startStack({ kubeconfig, config: terminals() });
      return {
        stack,
        image: 'busybox',
        admin: adminWith(adminKubeconfig),
        async close() {
          await stack.close();
          await cluster.close();
        },
      };
    },
  },
  {
    name: 'a real cluster',
    isLacking: lacks('cluster', 'image', 'kubectl'),
    hasFiles: true,
    async open(): Promise<Place> {
      const account = await createClusterAccount(temporaryFolder());
      const stack = await startStack({ kubeconfig: account.kubeconfig, config: terminals() });
      return {
        stack,
        image: part('image'),
        admin: adminWith(part('cluster')),
        async close() {
          await stack.close();
          await account.remove();
        },
      };
    },
  },
];

for (const { name, isLacking, hasFiles, open } of PLACES) {
  describe.skipIf(isLacking)(`kubectl of the browser on ${name}`, () => {
    const namespace = `web-kubectl-${randomBytes(4).toString('hex')}`;
    let place: Place;
    let terminal: OpenTerminal;
    beforeAll(async () => {
      place = await open();
      const { stack, image, admin } = place;
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', namespace },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'app', image, imagePullPolicy: 'Never', command: ['sleep', '3600'] }],
        },
      };
      const prepare = async () => {
        await admin(['create', 'namespace', namespace]);
        await admin(['create', '-f', '-'], JSON.stringify(pod));
        await admin(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=60s']);
      };
      const enter = async () => {
        const login = await signInBrowser(stack.server, stack.loginOf('admin'));
        return openTerminal(stack.server, login, { organization: ORGANIZATION, cluster: CLUSTER });
      };
      [terminal] = await Promise.all([enter(), prepare()]);
      await terminal.run(`namespace ${namespace}`);
    }, 120_000);
    afterAll(async () => {
      terminal?.socket.close();
      await place?.admin(['delete', 'namespace', namespace, '--wait=false']);
      await place?.close();
    }, 60_000);

    it('edits an object in the page: what is left stays, what is not right comes back, what is saved is applied', async () => {
      await terminal.run('create configmap settings --from-literal=colour=red');
      const edit = () => terminal.ask({ type: 'run', line: 'edit configmap settings', columns: 120, rows: 30 });
      edit();
      const left = await terminal.next('edit');
      expect(left.text).toContain('colour: red');
      terminal.ask({ type: 'edited', id: left.id });
      expect(await terminal.next('exit')).toMatchObject({ code: 0 });
      expect(terminal.printed()).toContain('Edit cancelled');

      edit();
      const first = await terminal.next('edit');
      terminal.ask({ type: 'edited', id: first.id, text: first.text.replace('  colour: red', '  colour: [red') });
      const again = await terminal.next('edit');
      expect(again.text).toMatch(/^# .*(yaml|error)/im);
      terminal.ask({ type: 'edited', id: again.id, text: first.text.replace('colour: red', 'colour: blue') });
      expect(await terminal.next('exit')).toMatchObject({ code: 0 });
      const { text } = await terminal.run("get configmap settings -o 'jsonpath={.data.colour}'");
      expect(text).toBe('blue');
    }, 60_000);

    it('SEC-H09 completes nobody’s names with what another person was shown', async () => {
      const { stack } = place;
      await terminal.run('create secret generic bank --from-literal=pin=1');
      const complete = async (by: OpenTerminal, line: string) => {
        by.ask({ type: 'complete', id: 1, line, cursor: line.length });
        return (await by.next('completions')).items.map(({ value }) => value);
      };
      expect(await complete(terminal, 'get secret b')).toEqual(['bank']);
      const login = await signInBrowser(stack.server, stack.loginOf('viewer'));
      const other = await openTerminal(stack.server, login, { organization: ORGANIZATION, cluster: CLUSTER });
      await other.run(`namespace ${namespace}`);
      expect(await complete(other, 'get secret b')).toEqual([]);
      expect(await complete(other, 'logs we')).toEqual(['web']);
      other.socket.close();
    }, 60_000);

    it('ends an edit with Ctrl+C, and the page hears of it', async () => {
      terminal.ask({ type: 'run', line: 'edit pod web', columns: 120, rows: 30 });
      await terminal.next('edit');
      terminal.type('\u0003');
      expect((await terminal.next('exit')).code).not.toBe(0);
    }, 30_000);

    // The pods of a made-up cluster have no files.
    if (hasFiles)
      it('copies a file of the person into a pod and back, byte for byte', async () => {
        const content = randomBytes(200_000);
        terminal.upload('notes.bin', content);
        expect(await terminal.next('file')).toEqual({ type: 'file', path: 'notes.bin' });
        expect((await terminal.run('cp notes.bin web:/tmp/notes.bin')).end).toMatchObject({ code: 0 });
        expect((await terminal.run('exec web -- wc -c /tmp/notes.bin')).text).toContain('200000');
        expect((await terminal.run('cp web:/tmp/notes.bin back.bin')).end).toMatchObject({ code: 0 });
        expect((await terminal.run('ls')).text).toMatch(/200000 {2}back\.bin/);
        expect((await terminal.download('back.bin')).equals(content)).toBe(true);
        for (const line of ['cp web:/tmp/notes.bin /etc/x', 'cp web:/tmp/notes.bin ../x', 'cp /etc/passwd web:/tmp/x'])
          expect((await terminal.run(line)).end, line).toMatchObject({ type: 'refused', code: 'ERR_TERMINAL_FILE' });
      }, 60_000);

    it('types into a shell of a pod, which is recorded', async () => {
      terminal.ask({ type: 'run', line: 'exec -it web -- sh', columns: 120, rows: 30 });
      expect(await terminal.next('started')).toMatchObject({ isInteractive: true });
      terminal.type('exit 3\r');
      expect(await terminal.next('exit')).toMatchObject({ code: 3 });
      const [session] = (await listRecordings(place.stack)).filter(({ command }) => command?.[0] === 'sh');
      expect(session).toMatchObject({ namespace, pod: 'web', isTty: true });
    }, 60_000);
  });
}
