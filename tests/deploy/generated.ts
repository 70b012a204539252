/** Files below `deploy` that follow from others. `SALLYPORT_WRITE=1 npx vitest run tests/deploy/generated.test.ts` writes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, type Pair, parse, parseDocument, stringify, type YAMLMap } from 'yaml';
import { repository } from '../support/index.ts';
import { type ChartName, type ChartObject, type ChartRenderer, chartFolder } from './render/index.ts';

const MANIFEST_HEADER = [
  '# Two servers on PostgreSQL, for whoever has no Helm. Rendered from deploy/helm/sallyport-server with',
  '# deploy/manifests/server-values.yaml; a test compares the two. docs/deployment.md says what to change in it.',
  '#',
  '# It needs three Secrets in its namespace, which it does not make: sallyport-database (key `url`), sallyport-encryption-key',
  '# (key `key`) and sallyport-oidc (key `client-secret`).',
];
const KINDS = ['ServiceAccount', 'ConfigMap', 'Service', 'Deployment', 'StatefulSet', 'PodDisruptionBudget'];

/** Content of `deploy/manifests/server.yaml`. */
export async function renderServerManifest(renderer: ChartRenderer): Promise<string> {
  const values = parse(readFileSync(join(repository, 'deploy/manifests/server-values.yaml'), 'utf8'));
  const rendered = await renderer.render({
    chart: 'sallyport-server',
    release: 'sallyport',
    namespace: 'sallyport',
    values,
  });
  const namespace: ChartObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'sallyport' } };
  const objects = [namespace, ...rendered.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))];
  // Nobody's release: kubectl applies it.
  const plain = JSON.parse(JSON.stringify(objects), (key, value) =>
    key === 'app.kubernetes.io/managed-by' ? undefined : value,
  ) as ChartObject[];
  const format = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  return `${MANIFEST_HEADER.join('\n')}\n${plain.map((object) => `---\n${stringify(object, format)}`).join('')}`;
}

/** Version of all our packages, which charts and images share. */
const VERSION = /(?<=^(?:version|appVersion): |sallyport\/(?:server|agent):)\d+\.\d+\.\d+(?:-[\w.]+)?/gm;

/** A file with the version of the packages in place of the one that it has. */
export function withVersion(text: string): string {
  const { version } = JSON.parse(readFileSync(join(repository, 'packages/cli/package.json'), 'utf8'));
  return text.replace(VERSION, version);
}

/** The table of a chart's values, from `values.yaml` and its comments. */
export function renderValuesTable(chart: ChartName): string {
  const document = parseDocument(readFileSync(join(chartFolder(chart), 'values.yaml'), 'utf8'));
  const rows: string[] = [];
  const walk = (map: YAMLMap, path: string): void => {
    for (const [i, pair] of map.items.entries()) {
      const key = pair.key as { readonly value: string; readonly commentBefore?: string };
      const value = pair.value;
      // The comment before the first key of a map stands at the map.
      const comment = key.commentBefore ?? (i === 0 ? (map.commentBefore ?? undefined) : undefined);
      const name = `${path}${key.value}`;
      if (isMap(value) && value.items.some((item) => hasComment(item, value))) {
        if (comment !== undefined) rows.push(row(name, undefined, comment));
        walk(value, `${name}.`);
      } else {
        const plain = isScalar(value) ? value.value : (value as { toJSON(): unknown }).toJSON();
        rows.push(row(name, plain, comment ?? ''));
      }
    }
  };
  walk(document.contents as YAMLMap, '');
  return ['| Value | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function hasComment(pair: Pair, map: YAMLMap): boolean {
  return (pair.key as { commentBefore?: string }).commentBefore !== undefined || map.commentBefore !== undefined;
}

function row(name: string, value: unknown, comment: string): string {
  // Paragraphs before the last one are about more than this value.
  const [text = ''] = comment.split(/\n\s*\n/).slice(-1);
  const line = text
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
  const shown = value === undefined || value === '' ? '' : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
  return `| \`${name}\` | ${shown} | ${line.replaceAll('|', '\\|')} |`;
}
