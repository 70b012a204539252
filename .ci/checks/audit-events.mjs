// docs/audit-events.md shows every audit event as the catalogue of @sallyport/audit has it. `--write` renders the page anew.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './lib/bundle.mjs';
import { read, report, root } from './lib/workspace.mjs';

const page = 'docs/audit-events.md';
// The catalogue itself: its entries are made by functions, so the sources are run rather than read.
const { AUDIT_CATALOGUE, AUDIT_CATEGORIES, codesOfCategory, formatAuditEvent } = await importSource(`
  export { AUDIT_CATALOGUE, codesOfCategory } from './packages/audit/src/catalogue/catalogue.ts';
  export { AUDIT_CATEGORIES } from './packages/audit/src/catalogue/entry.ts';
  export { formatAuditEvent } from './packages/audit/src/format-event.ts';
`);

const AREAS = {
  proxy: 'Requests to clusters',
  login: 'Logins',
  session: 'Login sessions',
  identity: 'People, machines and their credentials',
  access: 'Access for a time',
  admin: 'Configuration',
  agent: 'Clusters and agents',
  notification: 'Notifications',
  key: 'Keys',
  audit: 'The audit log itself',
  recording: 'Sessions and their recordings',
  server: 'Servers',
};
const ID = 'evt_01k9y3t0q5m8w2v7h4x6z1r9b0';

const text = `# Audit events

Every event of the audit log, by category. [audit.md](audit.md) says how they come to be, where they go and how they are proved.

Beside its own details, an event may say where it belongs (\`organizationId\`, \`clusterId\`, \`clusterName\`), who acted (\`principal\`,
\`loginSessionId\`, \`sourceAddress\`), what was asked (\`request\`), how it was decided (\`decision\`) and how it ended (\`outcome\`), what a
write changed (\`change\`), the recording of a terminal (\`recordingId\`) and the W3C trace id (\`traceId\`). A code keeps its meaning; new
versions add codes and details.

How a detail is treated goes by its class: an \`identifier\` says which, a \`fact\` is a state, a count or an instant, a \`name\` is what
people call somebody or something and may be personal data, \`freeText\` was written by a caller, a \`document\` is JSON of a resource
without its secrets. There is no class for secrets.

${table(
  ['Category', 'Events'],
  AUDIT_CATEGORIES.map((category) => [
    `[\`${category}\`](#${category})`,
    codesOfCategory(category)
      .map((code) => `[\`${code}\`](#${code.replaceAll('.', '')})`)
      .join(', '),
  ]),
)}
${AUDIT_CATEGORIES.map((category) => `\n## ${category}\n\n${AREAS[category]}.\n${codesOfCategory(category).map(section).join('')}`).join('')}`;

if (process.argv.includes('--write')) writeFileSync(join(root, page), text);
report(
  (await readPage()) === text
    ? []
    : [`${page} differs from the catalogue (node .ci/checks/audit-events.mjs --write renders it)`],
);

function section(code) {
  const { name, severity, summary, fields, example } = AUDIT_CATALOGUE[code];
  const event = { id: ID, code, at: new Date('2026-01-01T00:00:00Z'), severity, ...example };
  const rows = Object.entries(fields).map(([field, { type, classification, description, optional }]) => [
    `\`${field}\`${optional ? '?' : ''}`,
    type,
    classification,
    description,
  ]);
  const details = rows.length === 0 ? '' : `\n${table(['Detail', 'Type', 'Class', 'What it says'], rows)}\n`;
  const parts = Object.entries(JSON.parse(formatAuditEvent(event))).map(
    ([part, value]) => `  ${JSON.stringify(part)}: ${JSON.stringify(value)}`,
  );
  return `\n### ${code}\n\n**${name}** (${severity}). ${summary}\n${details}\n\`\`\`json\n{\n${parts.join(',\n')}\n}\n\`\`\`\n`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

async function readPage() {
  try {
    return read(page);
  } catch {
    return '';
  }
}
