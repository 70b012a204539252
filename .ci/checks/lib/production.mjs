// What the installation of a package of ours brings, as the lockfile has it: found as Node would find it.
import { readJson } from './workspace.mjs';

const lock = readJson('package-lock.json').packages;

/**
 * Everything that a workspace depends on at run time, itself left out: by its place in the lockfile, as
 * `{ place, name, version, license, integrity, isOptional, isOurs, dependsOn }`, where `dependsOn` are places.
 */
export function productionOf(directory) {
  const found = new Map();
  const visit = (place, isOptional) => {
    const known = found.get(place);
    // What is needed somewhere is needed, whatever else could do without it.
    if (known !== undefined && (isOptional || !known.isOptional)) return;
    const entry = lock[place];
    const needs = dependenciesOf(place);
    found.set(place, {
      place,
      name: entry.name ?? nameOf(place),
      version: entry.version,
      license: entry.license,
      integrity: entry.integrity,
      isOptional,
      isOurs: !place.includes('node_modules/'),
      dependsOn: needs.map(({ target }) => target),
    });
    for (const { target, optional } of needs) visit(target, isOptional || optional);
  };
  visit(directory, false);
  const { dependsOn } = found.get(directory);
  found.delete(directory);
  return { dependsOn, all: [...found.values()].sort((a, b) => (a.place < b.place ? -1 : 1)) };
}

/** Name of a package, from where it lies. */
function nameOf(place) {
  return place.includes('node_modules/')
    ? place.split('node_modules/').at(-1)
    : `@sallyport/${place.split('/').at(-1)}`;
}

/** Where the dependencies of an entry lie. Peers that may be absent are whoever installs' own. */
function dependenciesOf(place) {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = lock[place];
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])].map((name) => {
    const target = resolve(place, name);
    if (target === undefined) throw new Error(`package-lock.json: ${place} needs ${name}, which has no entry`);
    return { target, optional: optionalDependencies[name] !== undefined };
  });
}

/** The entry that Node would find for a name, links to workspaces followed. */
function resolve(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/'), 0))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (lock[place] !== undefined) return lock[place].link ? lock[place].resolved : place;
    if (at === '') return undefined;
  }
}
