import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { awaitCondition, freePort, repository } from '../support/index.ts';

const folder = join(repository, 'examples');
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const read = (...path: readonly string[]) => readFileSync(join(folder, ...path), 'utf8');
const filesOf = (name: string) =>
  readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.(ts|js|jsx|html|yaml)$/.test(path) && !/\.test\.ts$|node_modules/.test(path),
  );

describe.each(names)('the example %s', (name) => {
  const manifest = JSON.parse(read(name, 'package.json')) as Readonly<Record<string, unknown>> & {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly scripts: Readonly<Record<string, string>>;
  };

  it('is a package with one command, a test, and a row in the table', () => {
    expect(manifest).toMatchObject({ name: `@sallyport-examples/${name}`, private: true, license: 'Apache-2.0' });
    expect(manifest.scripts['start']).toBeDefined();
    expect(readdirSync(join(folder, name)).some((file) => file.endsWith('.test.ts'))).toBe(true);
    expect(read('README.md')).toContain(`| [${name}](${name}) |`);
  });

  it('has less than 150 lines, by public names alone', () => {
    const sources = filesOf(name).map((path) => read(name, path));
    expect(sources.reduce((count, text) => count + text.trimEnd().split('\n').length, 0)).toBeLessThan(150);
    for (const text of sources) {
      const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, specifier = '']) => specifier);
      const own = imported.filter((specifier) => specifier.startsWith('.'));
      // Its own modules, or those of another example.
      expect(own.filter((specifier) => !/^\.\/|^\.\.\/[\w-]+\/[\w-]+\.ts$/.test(specifier))).toEqual([]);
      const packages = imported.filter((specifier) => !/^\.|^node:/.test(specifier)).map(packageOf);
      expect(packages.filter((specifier) => manifest.dependencies[specifier] === undefined)).toEqual([]);
    }
  });
});

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Those that run until they are told to stop, with what they say once they are ready. The others need a server, or a browser. */
const UNTIL_STOPPED: Readonly<Record<string, RegExp>> = {
  minimal: /sallyport login https/,
  'embed-in-express': /sallyport login https/,
  'embed-in-fastify': /sallyport login https/,
  'custom-authorizer': /sallyport login https/,
  'own-login': /sallyport login https/,
  'tunnel-only': /curl http/,
};
const TO_THEIR_END = ['custom-sink', 'policy-in-ci'];
const isBuilt = ['core', 'tunnel', 'authz', 'audit', 'agent', 'server', 'web'].every((name) =>
  existsSync(join(repository, 'packages', name, 'dist')),
);

describe.skipIf(!isBuilt)('npm start, over the built packages', () => {
  async function start(name: string) {
    const env = { ...process.env, PORT: String(await freePort()) };
    // A group of its own: the command is a pipe, and what ends it is for all of it.
    const child = spawn('npm', ['start'], { cwd: join(folder, name), env, detached: true });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => code as number | null);
    return { ended, printed: () => printed, stop: () => process.kill(-(child.pid as number), 'SIGINT') };
  }

  it.each(TO_THEIR_END)(
    '%s comes to a good end',
    async (name) => {
      const { ended, printed } = await start(name);
      expect([await ended, printed()]).toEqual([0, expect.any(String)]);
    },
    120_000,
  );

  it.each(Object.entries(UNTIL_STOPPED))(
    '%s starts, and stops when it is told to',
    async (name, isReady) => {
      const { ended, printed, stop } = await start(name);
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      await awaitCondition(() => isReady.test(printed()) || isOver, { what: `${name} is ready`, timeoutMs: 100_000 });
      expect([isOver, printed()]).toEqual([false, expect.stringMatching(isReady)]);
      stop();
      await ended;
      expect(printed()).not.toMatch(/Error/);
    },
    150_000,
  );
});
