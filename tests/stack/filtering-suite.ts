import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, type Outcome, type Program, run, start } from '../support/index.ts';
import { uniqueName } from './kubectl-suite.ts';
import { CLUSTER, ORGANIZATION, type Stack } from './stack.ts';

/** What the suite runs against. */
export interface FilteringTarget {
  readonly kubectl: string;
  readonly stack: Stack;
  /** Whether the API server checks what comes of a patch. */
  readonly checksPatches: boolean;
  close(): Promise<void>;
}

/** More objects than kubectl asks for at once. */
const MANY = 620;
const PASSWORD = 'correct horse';
const ENCODED = Buffer.from(PASSWORD).toString('base64');
const MASK = 'KioqKioqKio=';

/**
 * Defines what kubectl shows to somebody whose role covers one namespace, and by a label some objects elsewhere, and who may
 * not read the data of Secrets.
 */
export function defineFilteringSuite(title: string, skip: boolean, setUp: () => Promise<FilteringTarget>): void {
  describe.skipIf(skip)(title, () => {
    const inside = uniqueName('inside');
    const outside = uniqueName('outside');
    let target: FilteringTarget;
    let kubeconfigs: Readonly<Record<'admin' | 'auditor', string>>;
    const as = (who: 'admin' | 'auditor', words: readonly string[], input = ''): Promise<Outcome> =>
      run(target.kubectl, ['--kubeconfig', kubeconfigs[who], ...words], { input, timeoutMs: 90_000 });
    const ok = async (who: 'admin' | 'auditor', words: readonly string[], input?: string): Promise<string> => {
      const outcome = await as(who, words, input);
      expect(outcome.code, `kubectl ${words.join(' ')}: ${outcome.stderr}`).toBe(0);
      return outcome.stdout;
    };
    const auditor = (...words: readonly string[]) => ok('auditor', words);
    const watch = (...words: readonly string[]): Program =>
      start(target.kubectl, ['--kubeconfig', kubeconfigs.auditor, 'get', ...words, '-w'], { input: '' });

    const aMap = (namespace: string, name: string, team: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { team, suite: inside } },
      data: { text: 'items: [{"metadata":{"name":"x"}}]' },
    });
    const aSecret = (name: string, password: string) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: inside },
        stringData: { password },
      });

    beforeAll(async () => {
      target = await setUp();
      const { stack } = target;
      // Users are known once they have signed in.
      await stack.person('auditor');
      const { api } = await stack.person('admin');
      await api.createRole({
        organization: ORGANIZATION,
        body: {
          apiVersion: 'sallyport.dev/v1',
          kind: 'Role',
          metadata: { name: inside },
          spec: {
            permissions: ['clusters.read', 'credentials.create'],
            kubernetes: {
              clusterRoles: ['cluster-admin'],
              filterLists: true,
              rules: [
                { verbs: ['*'], apiGroups: [''], resources: ['configmaps', 'secrets'], namespaces: [inside] },
                {
                  verbs: ['get', 'list', 'watch'],
                  apiGroups: [''],
                  resources: ['configmaps'],
                  labelSelector: { matchLabels: { team: 'red' } },
                },
                { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['events'] },
                { verbs: ['get'], nonResourceUrls: ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version'] },
              ],
            },
          },
        },
      });
      await api.createBinding({
        organization: ORGANIZATION,
        body: {
          apiVersion: 'sallyport.dev/v1',
          kind: 'Binding',
          metadata: { name: inside },
          spec: {
            role: inside,
            subjects: [{ kind: 'User', name: 'auditor@demo.test' }],
            scope: { kind: 'clusters', clusters: [CLUSTER] },
          },
        },
      });
      kubeconfigs = { admin: await stack.kubeconfig('admin'), auditor: await stack.kubeconfig('auditor') };
      for (const namespace of [inside, outside]) await ok('admin', ['create', 'namespace', namespace]);
      const items = [
        aMap(inside, 'own', 'blue'),
        aMap(outside, 'red', 'red'),
        aMap(outside, 'blue', 'blue'),
        aMap(outside, 'other', 'blue'),
      ];
      await ok('admin', ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      await ok('admin', ['apply', '-f', '-'], aSecret('db', PASSWORD));
    }, 180_000);
    afterAll(async () => {
      if (kubeconfigs !== undefined) await as('admin', ['delete', 'namespace', inside, outside, '--wait=false']);
      await target?.close();
    }, 60_000);

    const SELECTED = ['configmaps', '-A', '-l', `suite=${inside}`];
    const outputs = [
      [],
      ['-o', 'wide'],
      ['-o', 'name'],
      ['-o', 'json'],
      ['-o', 'yaml'],
      ['-o', 'custom-columns=NAME:.metadata.name'],
      ['-o', 'jsonpath={.items[*].metadata.name}'],
      ['--show-labels'],
      ['--sort-by=.metadata.name'],
      ['--chunk-size=1'],
    ];
    for (const output of outputs) {
      it(`SEC-B18 shows with get ${output.join(' ')} the objects within the role, and no others`, async () => {
        const text = await ok('auditor', ['get', ...SELECTED, ...output]);
        expect(text).toMatch(/\bown\b/);
        expect(text).toMatch(/\bred\b/);
        expect(text).not.toMatch(/\bother\b|\/blue\b|^\S* +blue /m);
        expect(text).not.toContain('remainingItemCount');
      });
    }

    it('SEC-B18 filters what describe prints', async () => {
      const text = await auditor('describe', ...SELECTED);
      expect(
        text
          .match(/^Name: .*$/gm)
          ?.map((line) => line.split(/ +/)[1])
          .sort(),
      ).toEqual(['own', 'red']);
    });

    it('SEC-B19 answers for a hidden object as for one that does not exist', async () => {
      const texts: string[] = [];
      for (const name of ['other', 'absent']) {
        for (const output of [[], ['-o', 'json']]) {
          const outcome = await as('auditor', ['get', 'configmap', name, '-n', outside, ...output]);
          expect(outcome.code).toBe(1);
          texts.push(outcome.stderr.replaceAll(name, 'NAME'));
        }
      }
      expect(new Set(texts)).toEqual(new Set(['Error from server (NotFound): configmaps "NAME" not found\n']));
      expect(await auditor('get', 'configmap', 'red', '-n', outside, '-o', 'name')).toBe('configmap/red\n');
    });

    it('SEC-B18 tells watches what comes into view and what leaves it, also what was there before', async () => {
      const program = watch(...SELECTED, '--output-watch-events');
      try {
        await program.saw(/ADDED .*\bred\b/);
        const label = (name: string, team: string) =>
          ok('admin', ['label', 'configmap', name, '-n', outside, `team=${team}`, '--overwrite']);
        await label('blue', 'red');
        await program.saw(/ADDED .*\bblue\b/);
        await label('blue', 'green');
        await program.saw(/DELETED .*\bblue\b/);
        // Listed before the watch began, and not touched since.
        await label('red', 'green');
        await program.saw(/DELETED .*\bred\b/);
        await label('red', 'red');
        await program.saw(/DELETED .*\bred\b[\s\S]*ADDED .*\bred\b/);
        expect(program.stdout()).not.toMatch(/\bother\b/);
      } finally {
        await program.stop();
      }
    }, 60_000);

    it('SEC-B18 masks Secrets in every form of output, on a watch too', async () => {
      const shown = JSON.parse(await auditor('get', 'secret', 'db', '-n', inside, '-o', 'json'));
      expect(shown.data).toEqual({ password: MASK });
      const texts = [
        await auditor('get', 'secrets', '-n', inside, '-o', 'yaml'),
        await auditor('get', 'configmaps,secrets', '-n', inside, '-o', 'json'),
        await auditor('get', 'configmaps,secrets', '-n', inside),
        await auditor('get', 'secrets', '-A', '-o', 'yaml'),
        await auditor('describe', 'secret', 'db', '-n', inside),
        await auditor('get', '--raw', `/api/v1/namespaces/${inside}/secrets/db`),
      ];
      for (const text of texts) expect(text).toContain('db');
      const program = watch('secrets', '-n', inside, '-o', 'json');
      try {
        await program.saw(/"password": "KioqKioqKio="/);
      } finally {
        await program.stop();
      }
      for (const text of [...texts, JSON.stringify(shown), program.stdout()]) {
        expect(text).not.toContain(ENCODED);
        expect(text).not.toContain(PASSWORD);
      }
      expect(JSON.parse(await ok('admin', ['get', 'secret', 'db', '-n', inside, '-o', 'json'])).data).toEqual({
        password: ENCODED,
      });
    });

    it('SEC-B18 lets a masked Secret be applied, again and with changes, and echoes none of it', async () => {
      const apply = (password: string) =>
        ok('auditor', ['apply', '-f', '-', '-o', 'yaml'], aSecret('applied', password));
      const stored = async () =>
        JSON.parse(await ok('admin', ['get', 'secret', 'applied', '-n', inside, '-o', 'json'])).data.password;
      for (const password of ['first one', 'first one', 'second one']) {
        const echo = await apply(password);
        expect(echo).toContain(MASK);
        expect(echo).not.toContain(Buffer.from(password).toString('base64'));
        expect(await stored()).toBe(Buffer.from(password).toString('base64'));
      }
      const patched = await auditor('patch', 'secret', 'applied', '-n', inside, '-p', '{}', '-o', 'json');
      expect(JSON.parse(patched).data).toEqual({ password: MASK });
      const labelled = await auditor('label', 'secret', 'applied', '-n', inside, 'a=b', '-o', 'json');
      expect(JSON.parse(labelled).data).toEqual({ password: MASK });
      expect(await stored()).toBe(Buffer.from('second one').toString('base64'));
    });

    it('SEC-B18 refuses patches that would bring hidden data to light', async () => {
      for (const operation of [
        { op: 'copy', from: '/data/password', path: '/metadata/labels/found' },
        { op: 'test', path: '/data/password', value: ENCODED },
      ]) {
        const words = ['patch', 'secret', 'db', '-n', inside, '--type=json', '-p', JSON.stringify([operation])];
        const outcome = await as('auditor', words);
        expect([outcome.code, outcome.stderr]).toEqual([
          1,
          expect.stringMatching(/may not patch secrets db .*: the patch .*ERR_PROXY_DENIED/),
        ]);
      }
    });

    it('SEC-B19 quotes nothing of a Secret where a patch of it fails', async () => {
      const patch = JSON.stringify({ data: { another: 'no base64!' } });
      const outcome = await as('auditor', ['patch', 'secret', 'db', '-n', inside, '-p', patch]);
      expect(outcome.code).toBe(target.checksPatches ? 1 : 0);
      expect(outcome.stderr).not.toContain(ENCODED);
      expect(outcome.stderr).not.toContain(ENCODED.slice(2, 12));
    });

    it('SEC-B18 goes through lists of more than one page', async () => {
      const items = Array.from({ length: MANY }, (_, i) => ({
        ...aMap(outside, `many-${i}`, i % 10 === 0 ? 'red' : 'blue'),
      }));
      for (const item of items) Object.assign(item.metadata.labels, { many: inside });
      await ok('admin', ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      const names = await auditor('get', 'configmaps', '-A', '-l', `many=${inside}`, '-o', 'name');
      const want = items.filter((_, i) => i % 10 === 0).map(({ metadata }) => `configmap/${metadata.name}`);
      expect(names.trim().split('\n').sort()).toEqual(want.sort());
      const rows = await auditor('get', 'configmaps', '-A', '-l', `many=${inside}`, '--no-headers');
      expect(rows.trim().split('\n')).toHaveLength(want.length);
    }, 120_000);

    it('ends a watch when its view changes', async () => {
      const program = watch('secrets', '-n', inside);
      await program.saw(/\bdb\b/);
      const { api } = await target.stack.person('admin');
      await api.deleteBinding({ organization: ORGANIZATION, name: inside });
      const ended = await program.ended;
      expect(ended.stdout + ended.stderr).toContain('access has ended');
      await awaitCondition(async () => (await as('auditor', ['get', 'secrets', '-n', inside])).code === 1, {
        what: 'the auditor is refused',
      });
    }, 60_000);
  });
}
