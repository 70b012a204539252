// Documentation that can't rot: every exported name has TSDoc, entry points only re-export and open with a comment,
// links lead somewhere, import paths exist, and the TypeScript snippets of the documents compile.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { entryPoints, listFiles, packages, read, report, root } from './lib/workspace.mjs';

const findings = [];
const entries = packages
  .flatMap((one) => entryPoints(one).map((entry) => ({ ...entry, directory: one.directory })))
  .filter(({ source }) => existsSync(join(root, source)));
const documents = listFiles(/\.md$/).filter((path) => !path.startsWith('.changeset/'));

checkExports();
for (const path of documents) checkDocument(path);
checkSpecifiers();
report(findings);

/** Options of the repository; those of the web package know the DOM. */
function compilerOptions(extra = {}) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return { ...options, ...extra };
}

/** Each name that an entry point exports is documented where it is declared. */
function checkExports() {
  const program = ts.createProgram(
    entries.map(({ source }) => join(root, source)),
    compilerOptions({ lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], jsx: ts.JsxEmit.ReactJSX }),
  );
  const checker = program.getTypeChecker();
  for (const { source, specifier } of entries) {
    const file = program.getSourceFile(join(root, source));
    const module = checker.getSymbolAtLocation(file);
    if (module === undefined) continue;
    checkEntry(file, source);
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const declaration = symbol.declarations?.[0];
      if (declaration === undefined) {
        findings.push(`${source}: ${exported.name} is exported and not declared anywhere`);
        continue;
      }
      // What another package declares is documented there.
      if (declaration.getSourceFile().fileName.includes('/node_modules/')) continue;
      if (symbol.getDocumentationComment(checker).length === 0) {
        const place = declaration.getSourceFile();
        const line = place.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
        findings.push(
          `${place.fileName.slice(root.length + 1)}:${line}: ${exported.name} of ${specifier} has no TSDoc`,
        );
      }
    }
  }
}

/** An `index.ts` opens with a comment for the reader and holds nothing but re-exports. */
function checkEntry(file, source) {
  if (!/^\s*\/\*\*/.test(file.text)) findings.push(`${source}: does not open with a comment that says what it is for`);
  if (!source.endsWith('/index.ts')) return;
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) && !ts.isImportDeclaration(statement)) {
      findings.push(`${source}: holds more than re-exports (${statement.getText(file).slice(0, 40).split('\n')[0]})`);
    }
  }
}

/** Links of one document: the file exists, and the heading where one is named. */
function checkDocument(path) {
  const text = withoutCode(read(path));
  for (const [, target] of text.matchAll(/\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const [file, anchor] = target.split('#');
    const linked = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
    if (linked.startsWith('..') || !existsSync(join(root, linked))) {
      findings.push(`${path}: ${target} leads nowhere`);
    } else if (anchor !== undefined && linked.endsWith('.md') && !anchorsOf(linked).has(anchor)) {
      findings.push(`${path}: ${linked} has no heading #${anchor}`);
    } else if (file?.endsWith('/') && !statSync(join(root, linked)).isDirectory()) {
      findings.push(`${path}: ${target} is not a folder`);
    }
  }
}

/** A document without its code, which may look like links. */
function withoutCode(text) {
  return text.replace(/^( *)(`{3,})[\s\S]*?^\1\2`*$/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Heading anchors as GitHub makes them. */
function anchorsOf(path) {
  const anchors = new Set();
  for (const [, heading] of read(path)
    .replace(/^( *)(`{3,})[\s\S]*?^\1\2`*$/gm, '')
    .matchAll(/^#{1,6} +(.*)$/gm)) {
    const base = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Import paths named in documents and comments exist, and each TypeScript snippet compiles where it stands. */
function checkSpecifiers() {
  const known = new Set(entries.map(({ specifier }) => specifier));
  for (const { manifest } of packages) {
    for (const subpath of Object.keys(manifest.exports ?? {})) known.add(manifest.name + subpath.slice(1));
    known.add(manifest.name);
  }
  for (const path of [...documents, ...listFiles(/^packages\/[^/]+\/src\/.*\.tsx?$/)]) {
    for (const [, specifier] of read(path).matchAll(/['"`](@sallyport\/[a-z]+(?:\/[a-z0-9/-]+)?)['"`]/g)) {
      if (!known.has(specifier) && specifier !== '@sallyport/source')
        findings.push(`${path}: ${specifier} is no import path`);
    }
  }
  const snippets = new Map();
  for (const path of documents) {
    for (const match of read(path).matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```/gm)) {
      const line = read(path).slice(0, match.index).split('\n').length;
      // A module of its own, beside the document, so that imports resolve as for the reader of that package.
      snippets.set(join(root, dirname(path), `__snippet_${line}_${path.replace(/\W/g, '_')}.ts`), {
        path,
        line,
        text: `${match[1]}\nexport {};\n`,
      });
    }
  }
  if (snippets.size === 0) return;
  const options = compilerOptions({ noUnusedLocals: false, noUnusedParameters: false });
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => snippets.has(name) || fileExists.call(host, name);
  host.readFile = (name) => snippets.get(name)?.text ?? readFile.call(host, name);
  host.getSourceFile = (name, target, ...rest) => {
    const snippet = snippets.get(name);
    return snippet === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, snippet.text, target, true);
  };
  const program = ts.createProgram([...snippets.keys()], options, host);
  for (const [name, { path, line }] of snippets) {
    const file = program.getSourceFile(name);
    for (const diagnostic of [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]) {
      const at = line + 1 + file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
      findings.push(`${path}:${at}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`);
    }
  }
}
