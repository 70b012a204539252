// docs/api-reports/ holds what each package exports, as declarations without comments: a change of the public API shows
// in review as a change of these files. `--write` writes them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { entryPoints, packages, read, report, root } from './lib/workspace.mjs';

/** Types longer than this are shown by their digest: they are inferred from schemas, whose own types stand in the report. */
const LONGEST_TYPE = 1_200;

const program = ts.createProgram(
  packages.flatMap(entryPoints).map(({ source }) => join(root, source)),
  compilerOptions(),
);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });
const NO_TRUNCATION = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
const declarationsOf = new Map();

const files = new Map();
for (const one of packages) files.set(`${one.directory.slice('packages/'.length)}.md`, pageOf(one));

const folder = 'docs/api-reports';
const isWriting = process.argv.includes('--write');
const findings = [];
mkdirSync(join(root, folder), { recursive: true });
for (const name of readdirSync(join(root, folder))) {
  if (files.has(name)) continue;
  if (isWriting) rmSync(join(root, folder, name));
  else findings.push(`${folder}/${name}: there is no such package`);
}
for (const [name, text] of files) {
  const path = `${folder}/${name}`;
  if (isWriting) writeFileSync(join(root, path), text);
  else if (!existsSync(join(root, path)) || read(path) !== text) {
    const line = existsSync(join(root, path)) ? `:${firstDifference(read(path), text)}` : '';
    findings.push(
      `${path}${line}: the public API is another (node .ci/checks/api-reports.mjs --write; then a changeset)`,
    );
  }
}
report(findings);

function compilerOptions() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    removeComments: true,
    outDir: join(root, 'dist'),
    rootDir: root,
    lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    jsx: ts.JsxEmit.ReactJSX,
  };
}

/** The report of a package. */
function pageOf({ directory, manifest }) {
  const lines = [
    `# Public API of ${manifest.name}`,
    '',
    'Made from the sources (`node .ci/checks/api-reports.mjs --write`): every name that an entry point exports, as it is',
    'declared. Whatever changes here is what an integrator may notice, and needs a changeset.',
  ];
  for (const { specifier, source } of entryPoints({ directory, manifest })) {
    lines.push('', `## ${specifier}`, '', '```text');
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, source)));
    const names = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const exported of names) lines.push(describe(exported, directory));
    lines.push('```');
  }
  return `${lines.join('\n')}\n`;
}

/** One exported name: its declarations, or whose it is. */
function describe(exported, directory) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [declaration] = symbol.declarations ?? [];
  const place = declaration?.getSourceFile().fileName.slice(root.length + 1) ?? '';
  if (!place.startsWith(`${directory}/`)) {
    const owner = /^packages\/([^/]+)\//.exec(place)?.[1];
    return `${exported.name}: ${owner === undefined ? 'of a dependency' : `of @sallyport/${owner}`}`;
  }
  const all = symbol.declarations.map((one) => declared(one, symbol)).filter(Boolean);
  return [...new Set(all)]
    .map((text) => (exported.name === symbol.name ? text : `${exported.name} = ${text}`))
    .join('\n');
}

/** A declaration as TypeScript would publish it, types filled in. */
function declared(declaration, symbol) {
  if (ts.isTypeAliasDeclaration(declaration)) return aliasOf(declaration, symbol);
  if (ts.isVariableDeclaration(declaration)) return `const ${symbol.name}: ${shown(checker.getTypeOfSymbol(symbol))};`;
  const file = publishedFile(declaration.getSourceFile());
  const found = file.statements.filter((statement) => statement.name?.text === symbol.name);
  return found.map((statement) => withoutNoise(printer.printNode(ts.EmitHint.Unspecified, statement, file))).join('\n');
}

/** A type alias: as written, or what it comes to when it is computed from a value. */
function aliasOf(declaration, symbol) {
  const written = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile());
  if (!/\btypeof\b|\bz\.(infer|input|output)\b/.test(written)) return withoutNoise(written);
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  return `type ${symbol.name} = ${text(type, LONGEST_TYPE, ts.TypeFormatFlags.InTypeAlias)};`;
}

/** The type of a value. Schemas are shown by what they read and yield, objects member by member. */
function shown(type, depth = 0) {
  const output = checker.getPropertyOfType(type, '_output');
  if (output !== undefined && checker.getPropertyOfType(type, '_input') !== undefined) {
    const [yields, reads] = ['_output', '_input'].map((name) =>
      text(checker.getTypeOfSymbol(checker.getPropertyOfType(type, name))),
    );
    return yields === reads ? `Schema<${yields}>` : `Schema<${yields}, from ${reads}>`;
  }
  const whole = text(type, Number.POSITIVE_INFINITY);
  const isObject = type.getCallSignatures().length === 0 && !checker.isArrayLikeType(type);
  if (whole.length <= LONGEST_TYPE || depth > 2 || !isObject) return shortened(whole);
  const indent = '  '.repeat(depth + 1);
  const members = checker
    .getPropertiesOfType(type)
    .map((member) => `${indent}${member.name}: ${shown(checker.getTypeOfSymbol(member), depth + 1)};\n`);
  return members.length === 0 ? shortened(whole) : `{\n${members.join('')}${'  '.repeat(depth)}}`;
}

/** A computed type. The compiler lists members of a union in the order in which it met them anywhere, so they are sorted. */
function text(type, longest = LONGEST_TYPE, flags = 0) {
  const whole = withoutNoise(checker.typeToString(type, undefined, NO_TRUNCATION | flags));
  const sorted = whole.replace(/(?:"[^"]*"|undefined|null|\b\d+)(?: \| (?:"[^"]*"|undefined|null|\d+\b))+/g, (union) =>
    union.split(' | ').sort().join(' | '),
  );
  return shortened(sorted, longest);
}

/** Long types by their digest: that they changed is seen, and the names inside are reported where they are declared. */
function shortened(whole, longest = LONGEST_TYPE) {
  if (whole.length <= longest) return whole;
  return `${whole.slice(0, 60)}… sha256:${createHash('sha256').update(whole).digest('hex').slice(0, 16)}`;
}

/** Without what says nothing to a reader: `export declare`, and places of files in front of names. */
function withoutNoise(declaration) {
  return declaration.replace(/^(export |declare )+/gm, '').replace(/import\("[^"]+"(?:, \{[^}]*\})?\)\./g, '');
}

/** What TypeScript publishes of a source file. */
function publishedFile(file) {
  let published = declarationsOf.get(file.fileName);
  if (published === undefined) {
    let emitted = '';
    program.emit(
      file,
      (_, content) => {
        emitted = content;
      },
      undefined,
      true,
    );
    published = ts.createSourceFile(`${file.fileName}.d.ts`, emitted, ts.ScriptTarget.ES2023, true);
    declarationsOf.set(file.fileName, published);
  }
  return published;
}

function firstDifference(old, now) {
  const lines = now.split('\n');
  return old.split('\n').findIndex((line, i) => line !== lines[i]) + 1;
}
