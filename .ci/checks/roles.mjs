// docs/roles.md shows every built-in role and every permission as the code has them. `--write` renders the tables anew.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './lib/bundle.mjs';
import { read, report, root } from './lib/workspace.mjs';

const page = 'docs/roles.md';
// The tables themselves: they are computed, so the sources are run rather than read.
const { BUILT_IN_ROLES, PERMISSION_CATALOGUE, PRIVILEGE_CATALOGUE } = await importSource(`
  export { BUILT_IN_ROLES } from './packages/authz/src/built-in-roles.ts';
  export { PRIVILEGE_CATALOGUE } from './packages/core/src/privileges.ts';
  export { PERMISSION_CATALOGUE } from './packages/core/src/api/permissions.ts';
`);
const findings = [];
const write = process.argv.includes('--write');
let text = read(page);
check('roles', [
  '| Role | For | Ceilings | Privileges | Permissions |',
  '|---|---|---|---|---|',
  ...Object.entries(BUILT_IN_ROLES).map(
    ([name, { summary, ceilingGroups, privileges = [], permissions }]) =>
      `| \`${name}\` | ${summary} | ${words(ceilingGroups)} | ${words(privileges)} | ${grouped(permissions)} |`,
  ),
]);
check('permissions', [
  '| Permission | Allows |',
  '|---|---|',
  ...Object.entries(PERMISSION_CATALOGUE).map(([permission, meaning]) => `| \`${permission}\` | ${meaning} |`),
]);
check('privileges', [
  '| Privilege | Allows |',
  '|---|---|',
  ...Object.entries(PRIVILEGE_CATALOGUE).map(([privilege, meaning]) => `| \`${privilege}\` | ${meaning} |`),
]);
if (write) writeFileSync(join(root, page), text);
report(findings);

/** Compares, or replaces, what stands between the two comments of a table. */
function check(table, lines) {
  const [from, to] = [`<!-- ${table} -->\n`, `<!-- /${table} -->`];
  const [start, end] = [text.indexOf(from) + from.length, text.indexOf(to)];
  if (start < from.length || end < start)
    findings.push(`${page}: the comments around the table of ${table} are missing`);
  const wanted = `\n${lines.join('\n')}\n\n`;
  if (write) text = text.slice(0, start) + wanted + text.slice(end);
  else if (text.slice(start, end) !== wanted) {
    findings.push(
      `${page}: the table of ${table} differs from the code (node .ci/checks/roles.mjs --write renders it)`,
    );
  }
}

function words(list) {
  return list.length === 0 ? 'none' : list.map((word) => `\`${word}\``).join(', ');
}

/** `clusters.read, clusters.update` as `clusters.read/update`. */
function grouped(permissions) {
  const verbs = new Map();
  for (const permission of permissions) {
    const [resource, verb] = permission.split('.');
    verbs.set(resource, [...(verbs.get(resource) ?? []), verb]);
  }
  return words([...verbs].map(([resource, list]) => `${resource}.${list.join('/')}`));
}
