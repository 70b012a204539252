// docs/configuration.md names every key of the server's file, of the agent's table, and every SALLYPORT_… variable.
import ts from 'typescript';
import { parse, walk } from './lib/sources.mjs';
import { isTest, listFiles, read, report } from './lib/workspace.mjs';

const page = 'docs/configuration.md';
const text = read(page);
const findings = [];
const wants = (name, from) => text.includes(name) || findings.push(`${page}: ${name} of ${from} is missing`);

/** Keys of `z.strictObject({ … })`, nested ones joined by dots; of arrays only the key itself. */
function schemaKeys(tree, object, prefix = '') {
  return object.properties.filter(ts.isPropertyAssignment).flatMap((property) => {
    const key = prefix + property.name.getText(tree);
    const written = property.initializer.getText(tree);
    const inner = [];
    if (/^z\s*\.strictObject\(/.test(written)) {
      walk(property.initializer, (node) => {
        if (inner.length === 0 && ts.isObjectLiteralExpression(node)) inner.push(...schemaKeys(tree, node, `${key}.`));
      });
    }
    return inner.length > 0 ? inner : [key];
  });
}
for (const path of listFiles(/^packages\/(server|agent)\/src\/config.*\.ts$/).filter((path) => !isTest(path))) {
  const tree = parse(path);
  walk(tree, (node) => {
    if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return;
    const name = node.name.getText(tree);
    if (name !== 'fileSchema' && name !== 'CONFIG_KEYS') return;
    let object;
    walk(node.initializer, (child) => {
      if (object === undefined && ts.isObjectLiteralExpression(child)) object = child;
    });
    for (const key of schemaKeys(tree, object)) wants(`\`${key}`, path);
  });
}
for (const path of listFiles(/^packages\/[^/]+\/src\/.*\.ts$/).filter((path) => !isTest(path))) {
  // Variables that end in `_` are prefixes; the table tells how a key makes its variable.
  for (const [, name] of read(path).matchAll(/['"`](SALLYPORT_[A-Z_]*[A-Z])['"`]/g)) wants(`\`${name}\``, path);
}
report([...new Set(findings)]);
