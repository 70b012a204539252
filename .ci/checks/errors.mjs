// Every member of an exported `…ErrorCode` or `…ProblemCode` union has a heading in docs/errors.md, no heading names an unknown code, no
// source uses a code outside the unions, and a test names each code (or the code is on a list that may only shrink).
// `--write` adds headings for new codes from their comments and takes unknown ones out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { checkShrinkingList } from './lib/shrinking-list.mjs';
import { commentOf, parse, unionMemberComment, walk } from './lib/sources.mjs';
import { isTest, listFiles, read, report, root } from './lib/workspace.mjs';

const page = 'docs/errors.md';
const isWriting = process.argv.includes('--write');
const sources = listFiles(/^packages\/[^/]+\/src\/.*\.tsx?$/).filter((path) => !path.includes('/src/gen/'));

/** Codes in the order of the unions: `{ code, package, comment }`. */
const codes = new Map();
const findings = [];
for (const path of sources.filter((path) => !isTest(path))) {
  const tree = parse(path);
  walk(tree, (node) => {
    if (!ts.isTypeAliasDeclaration(node) || !/(Error|Problem)Code$/.test(node.name.text)) return;
    const members = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
    for (const member of members) {
      if (!ts.isLiteralTypeNode(member) || !ts.isStringLiteral(member.literal)) continue;
      const code = member.literal.text;
      const comment = ts.isUnionTypeNode(node.type)
        ? unionMemberComment(tree, node.type, member)
        : commentOf(tree, node);
      const owner = path.split('/')[1];
      if (!/^ERR(_[A-Z0-9]+){2,}$/.test(code)) findings.push(`${path}: ${code} is not of the form ERR_<AREA>_<WHAT>`);
      if (comment === '') findings.push(`${path}: ${code} has no comment that says when it occurs`);
      if (codes.has(code) && codes.get(code).path !== path)
        findings.push(`${code} is declared in ${path} and in ${codes.get(code).path}`);
      codes.set(code, { code, owner, comment, path });
    }
  });
}
// Node's own codes begin with ERR_ too.
const foreign =
  /^ERR_(HTTP2?|STREAM|SOCKET|TLS|INVALID|SSL|OSSL|MODULE|UNHANDLED|WORKER|SERVER|PACKAGE|PARSE_ARGS|JWT|JWS|JWK|JWKS|JWE|JOSE)_/;
const named = new Set();
for (const path of sources) {
  for (const [, code] of read(path).matchAll(/['"`](ERR_[A-Z0-9_]+)['"`]/g)) {
    if (isTest(path)) named.add(code);
    else if (!codes.has(code) && !foreign.test(code)) findings.push(`${path}: ${code} is in no …ErrorCode union`);
  }
}
for (const path of listFiles(/^(tests|examples)\/.*\.ts$/)) {
  for (const [code] of read(path).matchAll(/ERR_[A-Z0-9_]+/g)) named.add(code);
}

if (isWriting) write();
const headings = [...read(page).matchAll(/^### `?(ERR_[A-Z0-9_]+)`?$/gm)].map(([, code]) => code);
for (const code of codes.keys())
  if (!headings.includes(code))
    findings.push(`${page}: ${code} has no heading (node .ci/checks/errors.mjs --write adds it)`);
for (const code of headings) if (!codes.has(code)) findings.push(`${page}: ${code} is in no …ErrorCode union`);
for (const code of new Set(headings))
  if (headings.filter((one) => one === code).length > 1) findings.push(`${page}: ${code} has two headings`);

const untested = [...codes.keys()].filter((code) => !named.has(code));
findings.push(
  ...checkShrinkingList('tests/checks/error-codes-without-test.json', untested, {
    write: isWriting,
    whose: 'test that names it',
  }),
);
report(findings);

/** Rewrites the page: kept text for known codes, the union's comment for new ones, one section per package. */
function write() {
  const [preamble, ...sections] = read(page)
    .split(/^(?=##? ?#? )/m)
    .reduce(
      (parts, part) => {
        if (parts.length === 1 && !/^##/.test(part)) parts[0] += part;
        else parts.push(part);
        return parts;
      },
      [''],
    );
  const bodies = new Map();
  for (const section of sections) {
    const [, code] = /^### `?(ERR_[A-Z0-9_]+)`?$/m.exec(section) ?? [];
    if (code !== undefined) bodies.set(code, section.slice(section.indexOf('\n')).trim());
  }
  let text = preamble.trimEnd();
  for (const owner of new Set([...codes.values()].map((entry) => entry.owner))) {
    text += `\n\n## @sallyport/${owner}\n`;
    for (const { code, comment } of [...codes.values()].filter((entry) => entry.owner === owner)) {
      text += `\n### ${code}\n\n${bodies.get(code) ?? comment}\n`;
    }
    text = text.trimEnd();
  }
  writeFileSync(join(root, page), `${text}\n`);
}
