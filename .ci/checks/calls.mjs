// packages/core/src/client/calls.ts has every operation of the REST contract, without its schemas. `--write` writes it.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './lib/bundle.mjs';
import { read, report, root } from './lib/workspace.mjs';

const file = 'packages/core/src/client/calls.ts';
const { operations, contract } = await importSource(`
  import { operations } from '@sallyport/core/api';
  import { describeContract } from './packages/web/src/api/describe-contract.ts';
  export { operations };
  export const contract = describeContract(operations);
`);

const lines = [
  '// Made from the operations of the contract (node .ci/checks/calls.mjs --write).',
  "import type { Call } from './caller.ts';",
];
for (const [name, { summary, isIdempotent }] of Object.entries(operations)) {
  const call = JSON.stringify(describe(name, isIdempotent, contract[name]));
  lines.push('', `/** ${summary}. */`, `export const ${name}: Call<'${name}'> = ${call};`);
}
const text = execFileSync(
  process.execPath,
  [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', `--stdin-file-path=${file}`],
  { cwd: root, input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 26 },
);
if (process.argv.includes('--write')) writeFileSync(join(root, file), text);
const isCurrent = existsSync(join(root, file)) && read(file) === text;
report(isCurrent ? [] : [`${file}: differs from what the contract says (node .ci/checks/calls.mjs --write)`]);

/** An operation as `Call` has it, from the description that pages are built with. */
function describe(name, isIdempotent, [method, path, status, instants, isText, required]) {
  return {
    name,
    method,
    path,
    status,
    ...(isText === 1 && { formats: true }),
    ...(isIdempotent && { isIdempotent }),
    ...(required.length > 0 && { required }),
    ...(instants !== 0 && { instants }),
  };
}
