// `npm run sbom`: what the installation of each package brings, as CycloneDX 1.5 in the folder sbom/ or the one that is named.
// Made from the lockfile, which has every platform; npm's own list leaves out what development uses as well.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { productionOf } from './checks/lib/production.mjs';
import { packages, root } from './checks/lib/workspace.mjs';

const folder = resolve(process.argv[2] ?? join(root, 'sbom'));
mkdirSync(folder, { recursive: true });
for (const { directory, manifest } of packages) {
  const path = join(folder, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.cdx.json`);
  writeFileSync(path, `${JSON.stringify(billOf(directory, manifest), null, 2)}\n`);
  process.stdout.write(`${path}\n`);
}

/** Bill of materials of a package. The same lockfile gives the same bytes: no time, and a serial number made from the content. */
function billOf(directory, manifest) {
  const { dependsOn, all } = productionOf(directory);
  const referenceOf = new Map(all.map((one) => [one.place, purl(one)]));
  const references = (places) => [...new Set(places.map((place) => referenceOf.get(place)))].sort();
  const subject = purl(manifest);
  const components = new Map(all.map((one) => [purl(one), component(one)]));
  const dependencies = new Map([[subject, references(dependsOn)]]);
  for (const one of all) {
    dependencies.set(
      purl(one),
      references([...one.dependsOn, ...all.filter(isTwin(one)).flatMap((it) => it.dependsOn)]),
    );
  }
  const content = {
    metadata: {
      component: { type: 'library', ...identity(manifest), licenses: licences(manifest.license) },
    },
    components: [...components.values()],
    dependencies: [...dependencies].map(([ref, on]) => ({ ref, dependsOn: on })),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
}

/** The same version may lie in several places, each with dependencies found from there; a bill names it once. */
function isTwin(one) {
  return (other) => other !== one && other.name === one.name && other.version === one.version;
}

function component(one) {
  return {
    type: 'library',
    ...identity(one),
    scope: one.isOptional ? 'optional' : 'required',
    ...(one.integrity !== undefined && { hashes: one.integrity.split(' ').map(hash) }),
    licenses: licences(one.license),
  };
}

function identity({ name, version }) {
  const [scope, base] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const reference = purl({ name, version });
  return { 'bom-ref': reference, ...(scope && { group: scope }), name: base, version, purl: reference };
}

function purl({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** `sha512-…` of the lockfile, in hexadecimal. */
function hash(integrity) {
  const [algorithm, content] = integrity.split(/-(.*)/s);
  return {
    alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
    content: Buffer.from(content, 'base64').toString('hex'),
  };
}

function licences(expression) {
  if (expression === undefined) return [];
  return /[ ()]/.test(expression) ? [{ expression }] : [{ license: { id: expression } }];
}

/** A UUID of version 8: made from a digest. */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
