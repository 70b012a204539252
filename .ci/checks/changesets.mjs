// Whoever upgrades reads the changesets, so a package with changes that were never released is named by one.
import { git, listFiles, packages, read, report } from './lib/workspace.mjs';

const described = new Set();
const findings = [];
for (const path of listFiles(/^\.changeset\/(?!README).*\.md$/)) {
  const [, head, body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(read(path)) ?? [];
  if (head === undefined || body.trim() === '') {
    findings.push(
      `${path}: a changeset is front matter with packages and bumps, then words for the person who upgrades`,
    );
    continue;
  }
  for (const line of head.split('\n').filter(Boolean)) {
    const [, name, bump] = /^["']?(@?[\w/-]+)["']?: (major|minor|patch)$/.exec(line) ?? [];
    if (bump === undefined) findings.push(`${path}: "${line}" is not a package and a bump`);
    else if (!packages.some(({ manifest }) => manifest.name === name))
      findings.push(`${path}: there is no package ${name}`);
    else described.add(name);
  }
}

/** The commit that gave a package the version it has; `undefined` when it was never released or history is cut off. */
function releasedAt(directory, version) {
  if (version === '0.0.0') return undefined;
  return (
    git('log', '-n', '1', '--format=%H', `-S"version": "${version}"`, '--', `${directory}/package.json`)?.trim() ||
    undefined
  );
}
for (const { directory, manifest } of packages.filter((one) => one.manifest.private !== true)) {
  const release = releasedAt(directory, manifest.version);
  const changed =
    release === undefined
      ? listFiles(new RegExp(`^${directory}/src/.*`)).length > 0
      : git('diff', '--quiet', release, '--', `${directory}/src`) === undefined;
  if (changed && !described.has(manifest.name)) {
    findings.push(`${manifest.name} ${manifest.version} has changes that no changeset names (npm run changeset)`);
  }
}
report(findings);
