import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniqueName } from '../stack/kubectl-suite.ts';
import { lacks, part, run } from '../support/index.ts';
import { type ChartName, type ChartObject, createRenderer, lacksRenderer } from './render/index.ts';
import { VALUE_SETS } from './value-sets.ts';

// A real API server takes every object of every value set, without keeping any.
describe.skipIf(lacksRenderer() || lacks('cluster', 'kubectl'))('a real API server', () => {
  const renderer = createRenderer();
  const namespace = uniqueName('charts');
  let kubeVersion: string;
  const kubectl = async (words: readonly string[], input = ''): Promise<string> => {
    const made = await run(part('kubectl'), ['--kubeconfig', part('cluster'), ...words], { input, timeoutMs: 120_000 });
    expect(made.code, `kubectl ${words.join(' ')}: ${made.stderr}`).toBe(0);
    return made.stdout;
  };

  beforeAll(async () => {
    await kubectl(['create', 'namespace', namespace]);
    kubeVersion = JSON.parse(await kubectl(['get', '--raw', '/version'])).gitVersion;
  }, 120_000);
  afterAll(() => kubectl(['delete', 'namespace', namespace, '--wait=false']), 120_000);

  for (const [chart, sets] of Object.entries(VALUE_SETS)) {
    for (const [what, values] of Object.entries(sets)) {
      it(`takes ${chart}: ${what}`, async () => {
        const objects = await renderer.render({ chart: chart as ChartName, namespace, values, kubeVersion });
        // Applied as Helm creates objects: strictly, so that a field that no API has is an error and not dropped.
        const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
        const taken = await kubectl(
          ['create', '--dry-run=server', '--validate=true', '--filename=-', '--output=name'],
          items,
        );
        expect(taken.trim().split('\n')).toHaveLength(objects.length);
        expect(namespacesOf(objects)).toEqual([namespace]);
      }, 240_000);
    }
  }

  it('takes nothing that it does not know', async () => {
    const [object] = await renderer
      .render({
        chart: 'sallyport-agent',
        namespace,
        values: { ...VALUE_SETS['sallyport-agent']['as a cluster is registered'], extraEnv: [{ nom: 'x' }] },
        kubeVersion,
      })
      .then((objects) => objects.filter(({ kind }) => kind === 'Deployment'));
    const made = await run(
      part('kubectl'),
      ['--kubeconfig', part('cluster'), 'create', '--dry-run=server', '--validate=true', '--filename=-'],
      { input: JSON.stringify(object) },
    );
    expect(made.code).not.toBe(0);
    expect(made.stderr).toContain('nom');
  });
});

function namespacesOf(objects: readonly ChartObject[]): string[] {
  return [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
}
