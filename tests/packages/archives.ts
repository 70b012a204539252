/** What would be published: the archives of all packages, made as `npm publish` makes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository, run } from '../support/index.ts';

/** The part of a package.json that these tests read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly license: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
}

/** A packed package. */
export interface Archive {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Folder and manifest of each package. */
export function publishedPackages(): readonly { readonly folder: string; readonly manifest: Manifest }[] {
  return readdirSync(join(repository, 'packages')).map((name) => {
    const folder = join(repository, 'packages', name);
    return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest };
  });
}

/** Names of what a package exports as modules, e.g. `@sallyport/core/api`; style sheets and `package.json` are not. */
export function modulesOf({ name, exports }: Manifest): readonly string[] {
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath]) => name + subpath.slice(1));
}

/** Packs every package into `folder`. The packages have been built. */
export async function packAll(folder: string): Promise<readonly Archive[]> {
  const workspaces = publishedPackages().flatMap(({ manifest }) => ['-w', manifest.name]);
  const { code, stdout, stderr } = await npm(
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...workspaces],
    { cwd: repository },
  );
  if (code !== 0) throw new Error(`npm pack failed: ${stderr}`);
  // A list, or since npm 11 an object by name.
  return Object.values(JSON.parse(stdout) as Record<string, Archive>);
}

/** Runs npm with a voice: the repository's own configuration silences it. */
export function npm(args: readonly string[], { cwd, timeoutMs = 240_000 }: { cwd: string; timeoutMs?: number }) {
  return run('npm', args, { cwd, timeoutMs, env: { npm_config_loglevel: 'error', npm_config_fund: 'false' } });
}
