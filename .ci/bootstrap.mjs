// Makes a bare clone ready to run: checks Node, installs what the lockfile names, builds what changed. Needs nothing
// but Node and npm; `--no-build` stops after installing. Everything it says goes to stderr, so that a script after it owns stdout.
import { spawnSync } from 'node:child_process';
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

/** Runs a command with its stdout on our stderr; ends the process when it fails. */
function run(command, args, problem) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    // npm hands its own configuration down; an inherited `silent` would hide why an install failed.
    env: { ...process.env, npm_config_loglevel: 'error', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  if (status === 0) return;
  say(error === undefined ? problem : `${problem} (${error.message})`);
  process.exit(status ?? 1);
}

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (!isNodeNewEnough(process.versions.node, engines.node)) {
  say(`Node ${process.versions.node} is too old, ${engines.node} is needed. Install a newer Node and run this again.`);
  process.exit(1);
}
if (!isInstalled()) {
  say('installing dependencies, which takes about a minute the first time');
  run('npm', ['ci', '--no-audit', '--no-fund'], 'dependencies could not be installed; what npm said stands above');
}
if (!process.argv.includes('--no-build')) {
  run(
    process.execPath,
    [
      join(root, 'node_modules/turbo/bin/turbo'),
      'run',
      'build',
      '--output-logs=errors-only',
      '--log-prefix=none',
      '--no-color',
    ],
    'the build failed; what the compiler said stands above',
  );
}
