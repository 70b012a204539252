import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const webFolder = join(root, 'packages/web');
/** Folder of the built parts; `SALLYPORT_TEST_PARTS` names another build. */
const parts = process.env['SALLYPORT_TEST_PARTS'] ?? join(webFolder, 'dist/parts');

/** Whether there are parts to build a portal with. */
export const hasParts: boolean = existsSync(join(parts, 'index.js'));

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Where a portal finds its server, and whose it is. */
export interface PortalOptions {
  readonly baseUrl: string;
  readonly organization: string;
}

/** A file of a portal. */
export interface PortalFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Builds the application of a stranger in a folder of its own: it has what the package publishes, what that declares, and the examples of
 * the documentation as its modules. Answers what reads its files by their path.
 */
export async function buildPortal(options: PortalOptions): Promise<(path: string) => PortalFile | undefined> {
  const project = temporaryFolder();
  cpSync(fileURLToPath(new URL('portal', import.meta.url)), project, { recursive: true });
  // Kept under another name: its modules are here alone, so it is no program where it stands.
  renameSync(join(project, 'main.tsx.txt'), join(project, 'main.tsx'));
  writeExamples(project, options);
  install(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'portal', private: true, type: 'module' }));
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { jsx: 'react-jsx' } }));
  const vite = join(
    dirname(createRequire(join(webFolder, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  );
  await promisify(execFile)(process.execPath, [vite, 'build', '--base', './', '--logLevel', 'warn'], { cwd: project });
  return (path) => {
    const file = join(project, 'dist', path === '/' ? 'index.html' : path);
    if (!existsSync(file)) return undefined;
    return { contentType: TYPES[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) };
  };
}

/** A package as a stranger has it: what is published, and what it declares, nothing else. */
function install(project: string): void {
  const manifest = JSON.parse(readFileSync(join(webFolder, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const folder = join(project, 'node_modules/@sallyport/web');
  mkdirSync(folder, { recursive: true });
  cpSync(join(webFolder, 'package.json'), join(folder, 'package.json'));
  cpSync(parts, join(folder, 'dist/parts'), { recursive: true });
  const lookUp = createRequire(join(webFolder, 'package.json'));
  const link = (name: string, into: string) => {
    const at = lookUp.resolve
      .paths(name)
      ?.map((path) => join(path, name))
      .find(existsSync);
    if (at === undefined) throw new Error(`${name} is not installed`);
    mkdirSync(dirname(join(into, name)), { recursive: true });
    symlinkSync(at, join(into, name));
  };
  for (const name of Object.keys(manifest.dependencies)) {
    if (!name.startsWith('@sallyport/')) link(name, join(folder, 'node_modules'));
  }
  for (const name of ['react', 'react-dom']) link(name, join(project, 'node_modules'));
}

/** The examples of the documentation are the portal's modules. */
function writeExamples(project: string, { baseUrl, organization }: PortalOptions): void {
  const page = readFileSync(join(root, 'docs/react-parts.md'), 'utf8');
  for (const [, name = '', code = ''] of page.matchAll(/^```tsx\n\/\/ src\/(\S+)\n([\s\S]*?)^```/gm)) {
    writeFileSync(
      join(project, name),
      code.replace("baseUrl: '/sallyport'", `baseUrl: '${baseUrl}'`).replace('"halden"', `"${organization}"`),
    );
  }
}
