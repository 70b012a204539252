// `npm run check`: everything that must hold before a change lands and that is not a test. Checks run side by side,
// all of them even when one fails, and each prints one line with its findings below. Names as arguments run only
// those: `npm run check -- layers docs`.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/workspace.mjs';

const node = process.execPath;
const bin = (path) => join(root, 'node_modules', path);
/** A check of our own: prints one finding per line and exits with 1 when there is any. */
const own = (name) => ({ name, command: [node, join(root, '.ci/checks', `${name}.mjs`)] });

// The slow ones first, so that the short ones fill the gaps.
const checks = [
  { name: 'lint-types', command: [node, bin('eslint/bin/eslint.js'), '.', '--max-warnings=0'] },
  own('packages'),
  { name: 'types', command: [node, bin('typescript/bin/tsc'), '--noEmit', '--pretty', 'false'] },
  {
    name: 'types-web',
    command: [node, bin('typescript/bin/tsc'), '--noEmit', '--pretty', 'false', '-p', 'packages/web'],
  },
  own('docs'),
  own('generated'),
  own('api-reports'),
  own('cli'),
  own('commands'),
  own('calls'),
  {
    name: 'lint',
    command: [node, bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '--colors=off', '.'],
  },
  own('layers'),
  own('errors'),
  own('limits'),
  own('roles'),
  own('audit-events'),
  own('metrics'),
  own('security-cases'),
  own('mutations'),
  own('changesets'),
  own('configuration'),
  own('manifests'),
  own('lockfile'),
  own('licences'),
  own('site'),
  own('hygiene'),
];

/** Runs one check; resolves with its exit code and everything it printed. */
function run({ command: [program, ...args] }) {
  return new Promise((resolve) => {
    const started = Date.now();
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, npm_config_loglevel: 'error' };
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const end = (code) => resolve({ code, output, seconds: ((Date.now() - started) / 1000).toFixed(1) });
    child.on('error', (error) => {
      output += error.message;
      end(1);
    });
    child.on('close', end);
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  process.stdout.write(
    `no check is called ${unknown.join(', ')}; there are ${checks.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}
const queue = checks.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const width = Math.max(...queue.map(({ name }) => name.length));
const tally = { passed: 0, failed: 0 };

async function worker() {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const { code, output, seconds } = await run(check);
    tally[code === 0 ? 'passed' : 'failed'] += 1;
    const findings = code === 0 ? '' : output.trimEnd().replace(/^/gm, '    ').concat('\n');
    process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(width)}  ${seconds} s\n${findings}`);
  }
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed, 0 skipped\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
