// Each `sallyport …` that a document tells somebody to type exists: command, arguments and flags; so do scripts of npm and
// programs of the repository. Made pages are left out.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './lib/bundle.mjs';
import { listFiles, read, readJson, report, root } from './lib/workspace.mjs';

const { commands } = await importSource(`
  import { COMMAND_LOADERS } from './packages/cli/src/command-loaders.ts';
  const loaded = [];
  for (const [id, load] of Object.entries(COMMAND_LOADERS)) loaded.push([id, await load()]);
  export const commands = new Map(loaded);
`);
const topics = new Set([...commands.keys()].flatMap((id) => [id.split(':').slice(0, -1).join(':')]));
const findings = [];
for (const path of listFiles(/^(docs|packages\/[^/]+|examples|deploy)\/.*\.md$|^[A-Z]+\.md$/)) {
  if (path === 'docs/cli.md' || path.includes('/api-reports/')) continue;
  const text = read(path);
  const found = [];
  const scripts = scriptsFor(path);
  for (const [, , body] of text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)) {
    for (const line of body.replace(/\\\n/g, ' ').split('\n')) found.push(...problemsOfLine(line, scripts, true));
  }
  for (const [, code] of text
    .replace(/^( *)(`{3,})[\s\S]*?^\1\2`*$/gm, '')
    .matchAll(/`((?:sallyport|npm run|node) [^`]+)`/g)) {
    found.push(...problemsOfLine(code, scripts, false));
  }
  findings.push(...found.map((finding) => `${path}: ${finding}`));
}
report([...new Set(findings)]);

/** The commands of a line of shell, each as its words; prompts, variables in front and comments are left out. */
function commandLines(line) {
  const lines = [[]];
  for (const [, word, separator, comment] of line.matchAll(
    /((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"|&;<>#])(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"|&;<>])*)|([|&;]+)|(#.*$|[<>]+\s*\S+)/g,
  )) {
    if (separator !== undefined) lines.push([]);
    else if (comment === undefined) lines.at(-1).push(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return lines.map((words) => {
    const start = words.findIndex((word) => !/^(\$|[A-Z_]+=.*|npx|--no-install|sudo|exec)$/.test(word));
    return start === -1 ? [] : words.slice(start);
  });
}

/** Scripts of npm where a document is read: those of the repository, and in a package its own. */
function scriptsFor(path) {
  const [directory] = /^packages\/[^/]+/.exec(path) ?? [];
  return { ...readJson('package.json').scripts, ...(directory && readJson(`${directory}/package.json`).scripts) };
}

/** What is wrong with a line of shell. Where it stands by itself, its commands are whole. */
function problemsOfLine(line, scripts, isWhole) {
  return commandLines(line).flatMap(([program, ...words]) => {
    if (program === 'sallyport') return problemsOf(words, isWhole);
    if (program === 'npm' && words[0] === 'run' && !words.some((word) => /^(-w|--workspace)/.test(word))) {
      return scripts[words[1]] === undefined ? [`there is no script "npm run ${words[1]}"`] : [];
    }
    const isOurs = program === 'node' && /^[\w.][\w./-]*\/[\w-]+\.m?js$/.test(words[0] ?? '');
    return isOurs && !existsSync(join(root, words[0])) ? [`there is no ${words[0]}`] : [];
  });
}

/** What is wrong with the words behind `sallyport`. Where the whole command stands, it lacks nothing either. */
function problemsOf(words, isWhole) {
  const said = `sallyport ${words.join(' ')}`;
  // A usage line, or one cut short.
  if (words.length === 0 || words.some((word) => /^\[|^<|…|\.\.\.$|^--(help|version)$/.test(word))) return [];
  const names = words.slice(0, words.findIndex((word) => word.startsWith('-')) >>> 0);
  const length = [3, 2, 1].find((count) => names.length >= count && commands.has(names.slice(0, count).join(':')));
  if (length === undefined) {
    const isTopic = topics.has(names.join(':')) && !isWhole;
    return isTopic ? [] : [`there is no command "${said}"`];
  }
  const command = commands.get(words.slice(0, length).join(':'));
  const problems = [];
  const positional = [];
  for (let i = length; i < words.length; i += 1) {
    const word = words[i];
    if (word === '--') {
      positional.push(...words.slice(i + 1));
      break;
    }
    if (!/^-./.test(word)) {
      positional.push(word);
      continue;
    }
    const [name, inline] = word.split(/=(.*)/s);
    const flag = flagOf(command, name);
    if (flag === undefined) problems.push(`"${said}": there is no ${name}`);
    else if (flag.type !== 'boolean') {
      if (inline === undefined) i += 1;
      const value = inline ?? words[i];
      // In the middle of a sentence, a flag may stand for itself.
      if (value === undefined) problems.push(...(isWhole ? [`"${said}": ${name} needs a value`] : []));
      else if (
        flag.options &&
        !/^[A-Z]+$/.test(value) &&
        !value.split(',').every((one) => flag.options.includes(one))
      ) {
        problems.push(`"${said}": ${name} is not ${value}, but one of ${flag.options.join(', ')}`);
      }
    }
  }
  const args = Object.values(command.args ?? {});
  const needed = args.filter(({ required }) => required).length;
  if (command.strict !== false && positional.length > args.length) {
    problems.push(`"${said}": takes ${args.length} arguments, not ${positional.length}`);
  }
  if (isWhole && positional.length < needed) problems.push(`"${said}": lacks an argument`);
  if (isWhole) {
    for (const [name, flag] of Object.entries(command.flags ?? {})) {
      const isGiven = words.some((word) => word.split('=')[0] === `--${name}` || word === `-${flag.char}`);
      if (flag.required && !isGiven) problems.push(`"${said}": lacks --${name}`);
    }
  }
  return problems;
}

/** The flag that a word like `-o` or `--no-wait` stands for. */
function flagOf({ flags = {} }, word) {
  if (word.startsWith('--')) {
    const name = word.slice(2);
    if (flags[name] !== undefined) return flags[name];
    const positive = flags[name.replace(/^no-/, '')];
    return positive?.allowNo ? positive : undefined;
  }
  return Object.values(flags).find(({ char }) => char !== undefined && char === word.slice(1, 2));
}
