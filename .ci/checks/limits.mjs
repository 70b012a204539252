// Every field of an exported `…Limits` interface has a row in docs/limits.md, and no row names a field that is gone.
// `--write` adds rows for new fields from their comments, refreshes nothing else, and takes rows of lost fields out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { commentOf, parse, walk } from './lib/sources.mjs';
import { isTest, listFiles, read, report, root } from './lib/workspace.mjs';

const page = 'docs/limits.md';
const fields = new Map();
const findings = [];
for (const path of listFiles(/^packages\/[^/]+\/src\/.*\.ts$/).filter(
  (path) => !isTest(path) && !path.includes('/src/gen/'),
)) {
  const tree = parse(path);
  walk(tree, (node) => {
    if (!ts.isInterfaceDeclaration(node) || !/.Limits$/.test(node.name.text)) return;
    for (const member of node.members.filter(ts.isPropertySignature)) {
      const id = `${node.name.text}.${member.name.getText(tree)}`;
      const comment = commentOf(tree, member);
      if (!/[Dd]efault/.test(comment)) findings.push(`${path}: ${id} does not say its default`);
      fields.set(id, { owner: path.split('/')[1], comment });
    }
  });
}
const rowPattern = /^\| `([A-Za-z\d]+\.[A-Za-z]+)` +\|.*\|$/gm;
if (process.argv.includes('--write')) write();
const rows = [...read(page).matchAll(rowPattern)].map(([, id]) => id);
for (const id of fields.keys())
  if (!rows.includes(id)) findings.push(`${page}: ${id} has no row (node .ci/checks/limits.mjs --write adds it)`);
for (const [row, id] of read(page).matchAll(rowPattern)) {
  const { value } = splitDefault(fields.get(id)?.comment ?? '');
  const said = row.split('|')[2].trim();
  if (!said.startsWith(value)) findings.push(`${page}: ${id} is ${value} by its comment, and ${said} here`);
}
for (const id of rows) if (!fields.has(id)) findings.push(`${page}: ${id} is no field of a …Limits interface`);
report(findings);

/** Rewrites the tables: one per package, kept rows as they stand. */
function write() {
  const old = read(page);
  const kept = new Map([...old.matchAll(rowPattern)].map(([row, id]) => [id, row]));
  let text = old.split(/^## @sallyport\//m)[0].trimEnd();
  for (const owner of new Set([...fields.values()].map((field) => field.owner))) {
    text += `\n\n## @sallyport/${owner}\n\n| Limit | Default | What it bounds, and what happens there |\n|---|---|---|\n`;
    for (const [id, { comment }] of [...fields].filter(([, field]) => field.owner === owner)) {
      const { value, meaning } = splitDefault(comment);
      text += `${kept.get(id) ?? `| \`${id}\` | ${value} | ${meaning.replaceAll('|', '\\|')} |`}\n`;
    }
    text = text.trimEnd();
  }
  writeFileSync(join(root, page), `${text}\n`);
}

/** Takes `Default 512 KiB: 500 groups fit.` apart from the rest of a comment. */
function splitDefault(comment) {
  const sentences = comment.split(/(?<=[.;]) /);
  const at = sentences.findIndex((sentence) => /^defaults? /i.test(sentence));
  if (at === -1) return { value: '', meaning: comment };
  const [, value, reason = ''] = /^defaults? (?:to |is )?(.*?)(?:[:,;] (.*?))?[.;]?$/i.exec(sentences[at]);
  const because = reason === '' ? [] : [`${reason[0].toUpperCase()}${reason.slice(1)}.`];
  return { value, meaning: [...sentences.slice(0, at), ...because, ...sentences.slice(at + 1)].join(' ') };
}
