// A list of exceptions that may only shrink: what is on it is not done yet, and nothing new may join.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git, read, root } from './workspace.mjs';

/**
 * Compares a list in the repository with what is really still missing.
 * @param path JSON file holding an array of strings
 * @param missing the ids that have no proof yet
 * @param options `write`: rewrite the file without what is proved by now; `whose`: words for an id in findings
 * @returns findings
 */
export function checkShrinkingList(path, missing, { write = false, whose }) {
  const listed = JSON.parse(read(path));
  const open = new Set(missing);
  const kept = listed.filter((id) => open.has(id));
  if (write) writeFileSync(join(root, path), `${JSON.stringify(kept, null, 2)}\n`);
  const known = new Set(listed);
  const findings = [
    ...missing.filter((id) => !known.has(id)).map((id) => `${id} has no ${whose}`),
    ...(write
      ? []
      : listed.filter((id) => !open.has(id)).map((id) => `${id} has a ${whose} (or is gone): take it off ${path}`)),
  ];
  for (const commit of (git('log', '-n', '20', '--format=%H', '--', path) ?? '').split('\n').filter(Boolean)) {
    const earlier = git('show', `${commit}:${path}`);
    if (earlier === undefined) continue;
    const before = new Set(JSON.parse(earlier));
    findings.push(
      ...kept.filter((id) => !before.has(id)).map((id) => `${id} was added to ${path}, which may only shrink`),
    );
  }
  return [...new Set(findings)];
}
