import { type AgentManifestOptions, manifestObjects, manifestValues } from '@sallyport/agent/manifest';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SAMPLE_MANIFEST } from '../../packages/agent/src/testing/sample-manifest.ts';
import { type ChartObject, createRenderer, lacksRenderer } from './render/index.ts';

/** Installs that differ in everything that changes an object. */
const INSTALLS: Readonly<Record<string, Partial<AgentManifestOptions>>> = {
  'by default': {},
  'with every ceiling': { ceiling: ['view', 'edit', 'admin', 'cluster-admin'] },
  'for readers only': { ceiling: ['view'] },
  'with constrained impersonation': { constrainedImpersonation: true },
  'for readers only, with constrained impersonation': { ceiling: ['view'], constrainedImpersonation: true },
  'where people are bound': { upstreamMode: 'managed' },
  'where people are bound, with constrained impersonation': { upstreamMode: 'managed', constrainedImpersonation: true },
  'where people are bound to rules': { upstreamMode: 'managed', generatedRules: true },
  'where people act by accounts': { upstreamMode: 'serviceAccounts', ceiling: ['view', 'edit'] },
  'where people act by accounts with rules': { upstreamMode: 'serviceAccounts', generatedRules: true },
  'behind a proxy': { proxy: { url: 'http://proxy.example.com:3128' } },
  'behind a proxy that wants a password': { proxy: { url: 'http://proxy.example.com:3128', secretName: 'proxy' } },
  'with tunnels straight over TLS': { tunnelLink: 'tls' },
  'by the digest of its image': { image: `registry.example.com:5000/team/agent@sha256:${'0'.repeat(64)}`, replicas: 3 },
  'elsewhere, by another name': { namespace: 'access', name: 'agent-2' },
};

describe.skipIf(lacksRenderer())('the chart of the agent', () => {
  const renderer = createRenderer();

  for (const [how, choice] of Object.entries(INSTALLS)) {
    it(`installs the objects of the install manifest: ${how}`, async () => {
      const options = { ...SAMPLE_MANIFEST, ...choice };
      const { name = 'sallyport-agent', namespace = 'sallyport' } = options;
      const values = manifestValues(options) as Readonly<Record<string, unknown>>;
      const objects = await renderer.render({ chart: 'sallyport-agent', release: name, namespace, values });
      // Helm makes the namespace.
      const wanted = manifestObjects(options).filter(({ kind }) => kind !== 'Namespace') as unknown as ChartObject[];
      expect(byName(objects.map(asManifest))).toEqual(byName(wanted.map(readable)));
    }, 240_000);
  }
});

/** Takes away what only Helm's way of installing needs: who manages the objects, and the roll-out of a new configuration. */
function asManifest(object: ChartObject): ChartObject {
  const text = JSON.stringify(readable(object), (key, value) => (key === 'checksum/config' ? undefined : value));
  const plain = JSON.parse(text, (key, value) =>
    key === 'app.kubernetes.io/managed-by' && value === 'Helm' ? 'sallyport' : value,
  );
  if (plain.kind === 'Deployment') delete plain.spec.template.metadata.annotations;
  return plain;
}

/** Reads the documents of a ConfigMap, whose text may differ. */
function readable(object: ChartObject): ChartObject {
  if (object.kind !== 'ConfigMap') return object;
  const read = ([file, text]: [string, unknown]) =>
    /\.(json|yaml)$/.test(file) ? [file, parse(text as string)] : [file, text];
  return { ...object, data: Object.fromEntries(Object.entries(object['data']).map((entry) => read(entry))) };
}

function byName(objects: readonly ChartObject[]): Record<string, ChartObject> {
  const named = objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const);
  expect(new Set(named.map(([name]) => name)).size).toBe(named.length);
  return Object.fromEntries(named);
}
