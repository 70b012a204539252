// docs/cli.md and docs/schemas/ say what the commands and the contract say. `--write` writes them.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './lib/bundle.mjs';
import { read, report, root } from './lib/workspace.mjs';

const { commands, topics, kindTopics, loaders, kindLoaders, kinds, documentJsonSchema, kindJsonSchema } =
  await loadOrReport(`
  import { COMMAND_LOADERS, KIND_LOADERS, KIND_TOPICS } from './packages/cli/src/command-loaders.ts';
  import { TOPICS } from './packages/cli/src/topics.ts';
  export { documentJsonSchema, kindJsonSchema, kinds } from '@sallyport/core/api';
  export const topics = TOPICS;
  export const loaders = COMMAND_LOADERS;
  export const kindLoaders = KIND_LOADERS;
  export const kindTopics = KIND_TOPICS;
  const loaded = [];
  for (const [id, load] of Object.entries(COMMAND_LOADERS)) loaded.push([id, await load()]);
  export const commands = new Map(loaded.sort(([a], [b]) => (a < b ? -1 : 1)));
`);

/** Everything else depends on it: sources that can't be bundled are one finding, not a stack. */
async function loadOrReport(source) {
  try {
    return await importSource(source);
  } catch (error) {
    report([`the commands can't be loaded: ${error.message}`]);
    process.exit(1);
  }
}

const KIND_VERBS = ['list', 'show', 'create', 'edit', 'delete'];
const files = new Map([['docs/cli.md', reference()]]);
for (const [kind, { collection }] of Object.entries(kinds)) {
  files.set(`docs/schemas/${collection}.json`, json(kindJsonSchema(kind)));
}
files.set('docs/schemas/sallyport.json', json(documentJsonSchema()));

const isWriting = process.argv.includes('--write');
const findings = [];
const folder = join(root, 'docs/schemas');
for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  if (files.has(`docs/schemas/${name}`)) continue;
  if (isWriting) rmSync(join(folder, name));
  else findings.push(`docs/schemas/${name}: there is no such kind`);
}
mkdirSync(folder, { recursive: true });
for (const [path, text] of files) {
  if (isWriting) writeFileSync(join(root, path), text);
  else if (!existsSync(join(root, path)) || read(path) !== text) {
    findings.push(`${path}: differs from what commands and contract say (node .ci/checks/cli.mjs --write)`);
  }
}
for (const [id, command] of commands) {
  if (!command.summary) findings.push(`${id}: the command has no summary`);
  const [topic] = id.split(':');
  if (id.includes(':') && topics[topic] === undefined) findings.push(`${id}: the topic ${topic} has no description`);
  for (const [name, flag] of Object.entries(command.flags ?? {})) {
    if (!flag.summary) findings.push(`${id}: --${name} has no summary`);
  }
}
report(findings);

/** JSON as the formatter of the repository writes it: lists of plain values on one line where they fit. */
function json(value) {
  return `${layOut(value, 0, 0)}\n`;
}

function layOut(value, depth, before) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const [inner, end] = ['  '.repeat(depth + 1), '  '.repeat(depth)];
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const isPlain = value.every((item) => typeof item !== 'object' || item === null);
    // A comma may follow.
    if (isPlain && before + line.length < 120) return line;
    return `[\n${value.map((item) => inner + layOut(item, depth + 1, inner.length)).join(',\n')}\n${end}]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([name, item]) => {
    const key = `${inner}${JSON.stringify(name)}: `;
    return key + layOut(item, depth + 1, key.length);
  });
  return `{\n${lines.join(',\n')}\n${end}}`;
}

/** Whether a command is a general one, in the topic of a kind. */
function isOfKind(id) {
  return loaders[id] !== undefined && loaders[id] === kindLoaders[id];
}

function reference() {
  const lines = [
    '# Command line reference',
    '',
    'Made from the commands (`node .ci/checks/cli.mjs --write`). The [README of the package](../packages/cli/README.md)',
    'tells how they go together, what the exit codes mean, and what is kept where.',
    '',
    '## Commands of kinds',
    '',
    'Each kind of resource has the same five commands, which are `get`, `create`, `edit` and `delete` with the kind known:',
    '',
    '| Topic | Kind | Commands |',
    '| --- | --- | --- |',
  ];
  for (const [topic, kind] of Object.entries(kindTopics)) {
    const verbs = KIND_VERBS.filter((verb) => isOfKind(`${topic}:${verb}`));
    lines.push(
      `| \`${topic}\` | ${kind} ([schema](schemas/${topic}.json)) | ${verbs.map((verb) => `\`${verb}\``).join(', ')} |`,
    );
  }
  for (const [id, command] of commands) if (!isOfKind(id)) lines.push(...describe(id, command));
  return `${lines.join('\n')}\n`;
}

function describe(id, command) {
  const name = id.replaceAll(':', ' ');
  const lines = ['', `## ${name}`, '', text(command.summary)];
  if (command.description) lines.push('', text(command.description));
  const args = Object.entries(command.args).filter(([, arg]) => !arg.hidden);
  const usage =
    command.usage ??
    [
      name,
      ...args.map(([arg, { required }]) => (required ? arg.toUpperCase() : `[${arg.toUpperCase()}]`)),
      '[FLAGS]',
    ].join(' ');
  lines.push('', '```sh', `sallyport ${usage}`, '```');
  const rows = args.map(([arg, { description, options }]) => [
    `\`${arg.toUpperCase()}\``,
    withOptions(description, options),
  ]);
  for (const [
    flag,
    { char, type, helpValue, summary, options, default: value, allowNo, hidden, required },
  ] of Object.entries(command.flags ?? {})) {
    if (hidden) continue;
    const word = allowNo ? `--[no-]${flag}` : `--${flag}`;
    const taken = type === 'boolean' ? '' : ` ${[helpValue ?? 'VALUE'].flat().join(' ')}`;
    const fallback = ['string', 'number'].includes(typeof value) ? ` Default \`${value}\`.` : '';
    const need = required ? ' Required.' : '';
    rows.push([`\`${char ? `-${char}, ` : ''}${word}${taken}\``, `${withOptions(summary, options)}${need}${fallback}`]);
  }
  if (rows.length > 0) {
    lines.push('', '| Argument or flag | Meaning |', '| --- | --- |');
    for (const [left, right] of rows) lines.push(`| ${left.replaceAll('|', '\\|')} | ${text(right)} |`);
  }
  if (command.examples?.length > 0) lines.push('', '```sh', ...command.examples, '```');
  return lines;
}

function withOptions(sentence, options) {
  const end = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
  return options ? `${end} One of ${options.map((it) => `\`${it}\``).join(', ')}.` : end;
}

function text(words) {
  return words.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
