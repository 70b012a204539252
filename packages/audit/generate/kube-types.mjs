// Writes src/change/kube-types.ts: the fields of the kinds that kube-apiserver serves by itself, read out of the models
// of @kubernetes/client-node. With --check it writes nothing and fails when the file is not what would be written.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '../src/change/kube-types.ts');
const packageRoot = dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node/package.json'));
const generated = join(packageRoot, 'dist/gen');
const models = await import(pathToFileURL(join(generated, 'models/all.js')).href);

/** Which model each patchable resource has: what can be patched is what is kept. */
function resources() {
  const found = new Map();
  for (const file of readdirSync(join(generated, 'apis')).filter((name) => /Api\.js$/.test(name))) {
    const text = readFileSync(join(generated, 'apis', file), 'utf8');
    const methods = text.split(/^ {4}async /m).map((body) => [/^\w+/.exec(body)?.[0] ?? '', body]);
    const bodies = new Map(methods);
    for (const [method, body] of methods.filter(([name]) => /^patch\w+(?<!WithHttpInfo)$/.test(name))) {
      const path = /const localVarPath = '([^']+\/\{name\})'/.exec(body)?.[1];
      const model = /ObjectSerializer\.parse\([^"]*"(\w+)"/.exec(bodies.get(`${method}WithHttpInfo`) ?? '')?.[1];
      // The package still holds files of versions that are no longer served; its index leaves them out.
      if (path === undefined || models[model] === undefined) continue;
      const [prefix, ...rest] = path.split('/').slice(1);
      const [group, version] = prefix === 'api' ? ['', rest[0]] : rest;
      found.set(`${group}/${version}/${rest.at(-2)}`, model);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

const SCALARS = new Set(['string', 'number', 'boolean', 'Date', 'IntOrString', 'V1MicroTime']);

function fieldOf(baseName, type) {
  const list = /^Array<(.+)>$/.exec(type);
  if (list !== null) return fieldOf(baseName, list[1]);
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map !== null) {
    const [, of] = map;
    if (of === 'any') return `${baseName}:?`;
    const inner = /^Array<(.+)>$/.exec(of)?.[1] ?? of;
    return SCALARS.has(inner) ? `${baseName}:{}` : `${baseName}:{${use(inner)}}`;
  }
  if (SCALARS.has(type)) return baseName;
  return type === 'any' || type === 'object' ? `${baseName}:?` : `${baseName}:${use(type)}`;
}

const pending = [];
const seen = new Set();
function use(model) {
  if (models[model]?.attributeTypeMap === undefined) throw new Error(`no model ${model}`);
  if (!seen.has(model)) {
    seen.add(model);
    pending.push(model);
  }
  return model;
}

const kept = resources();
for (const [, model] of kept) use(model);
// What the subresource `scale` of several kinds takes and gives.
use('V1Scale');
const lines = [];
for (let model = pending.shift(); model !== undefined; model = pending.shift()) {
  const fields = models[model].attributeTypeMap.map(({ baseName, type }) => fieldOf(baseName, type));
  lines.push([model, ...fields].join(' '));
}
lines.sort();

const version = /spec version: (\S+)/.exec(readFileSync(join(generated, 'models/V1Pod.js'), 'utf8'))?.[1];
const written = `// Written by packages/audit/generate/kube-types.mjs from the models of Kubernetes ${version}. Not to be edited.

/** Resources that kube-apiserver keeps, one a line: group, version and plural, then the type in {@link KUBE_TYPES}. */
export const KUBE_RESOURCES = \`
${kept.map(([resource, model]) => `${resource} ${model}`).join('\n')}
\`;

/**
 * Types, one a line: name, then its fields. \`a\` is a scalar or a list of them, \`a:T\` of type T or a list of it, \`a:{}\` a map
 * to scalars, \`a:{T}\` one to type T, and \`a:?\` anything.
 */
export const KUBE_TYPES = \`
${lines.join('\n')}
\`;
`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== written) {
    throw new Error(
      'packages/audit/src/change/kube-types.ts is not what node packages/audit/generate/kube-types.mjs writes',
    );
  }
} else {
  writeFileSync(target, written);
}
