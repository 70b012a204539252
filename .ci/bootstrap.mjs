// Makes a bare clone ready to run: checks Node, installs what the lockfile names, builds what changed. Needs nothing
// but Node and npm; `--no-build` stops after installing. Everything it says goes to stderr, so that a script after it owns stdout.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (text) => process.stderr.write(`sallyport: ${text}\n`);

/** Whether the running Node is as new as `engines` of package.json asks. */
function isNodeNewEnough(running, wanted) {
  const parts = (text) =>
    text
      .replace(/^[^0-9]*/, '')
      .split('.')
      .map(Number);
  const [have, want] = [parts(running), parts(wanted)];
  return have[0] > want[0] || (have[0] === want[0] && have[1] >= (want[1] ?? 0));
}

/**
 * Whether node_modules holds what the lockfile names. npm leaves a copy of what it installed in
 * node_modules/.package-lock.json, as the last thing it does; packages for other platforms are absent from it.
 */
function isInstalled() {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const wanted = read('package-lock.json');
    const installed = read('node_modules/.package-lock.json');
    return Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' || entry.optional || (installed[path] && installed[path].version === entry.version),
    );
  } catch {
    return false;
  }
}

/**
 * Runs a command whose output nobody needs unless it fails; then it goes to our stderr and the process ends. `doing` is
 * said when the command takes long enough for somebody to wonder.
 */
async function run(command, args, { doing, problem, patienceMs }) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    // npm hands its own configuration down; an inherited `silent` would hide why an install failed.
    env: { ...process.env, npm_config_loglevel: 'error', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  const timer = setTimeout(() => say(doing), patienceMs);
  const outcome = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', resolve);
  });
  clearTimeout(timer);
  if (outcome === 0) return;
  process.stderr.write(Buffer.concat(chunks));
  say(typeof outcome === 'string' ? `${problem} (${outcome})` : problem);
  process.exit(typeof outcome === 'number' ? outcome : 1);
}

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (!isNodeNewEnough(process.versions.node, engines.node)) {
  say(`Node ${process.versions.node} is too old, ${engines.node} is needed. Install a newer Node and run this again.`);
  process.exit(1);
}
if (!isInstalled()) {
  await run('npm', ['ci', '--no-audit', '--no-fund'], {
    doing: 'installing dependencies, which takes about a minute the first time',
    problem: 'dependencies could not be installed; what npm said stands above',
    patienceMs: 0,
  });
}
if (!process.argv.includes('--no-build')) {
  const turbo = join(root, 'node_modules/turbo/bin/turbo');
  const flags = ['--output-logs=errors-only', '--log-prefix=none', '--no-color', '--no-update-notifier'];
  await run(process.execPath, [turbo, 'run', 'build', ...flags], {
    doing: 'building what changed, which takes about a minute the first time',
    problem: 'the build failed; what the compiler said stands above',
    patienceMs: 1_500,
  });
}
