#!/usr/bin/env node
// The version is answered here: nothing else is loaded for it.
const [first, second] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && second === undefined) {
  const { readFileSync } = await import('node:fs');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  await import('../dist/main.js');
}
