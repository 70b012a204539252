// The import graph: which package may use which, what each may take from npm, and what a library never touches.
// docs/architecture.md explains the layers.
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { importsOf, parse, walk, where } from './lib/sources.mjs';
import { entryPoints, isTest, listFiles, packages, read, readJson, report, root } from './lib/workspace.mjs';

/**
 * What each package may import at run time. `isLibrary`: never touches the process it runs in; `edges` are the files
 * of an application that do. `lazy`: only by `import()`, because loading it costs every start too much.
 */
const layers = {
  core: { uses: [], npm: ['jose', 'yaml', 'zod'], isLibrary: true },
  tunnel: { uses: ['core'], npm: ['@bufbuild/protobuf', '@grpc/grpc-js'], isLibrary: true },
  authz: { uses: ['core'], npm: ['@marcbachmann/cel-js', 're2js'], isLibrary: true },
  audit: { uses: ['core'], npm: ['@noble/curves', '@noble/hashes', 'aws4fetch'], isLibrary: true },
  server: {
    uses: ['core', 'tunnel', 'authz', 'audit', 'web'],
    npm: [
      '@electric-sql/pglite',
      '@grpc/grpc-js',
      '@kubernetes/client-node',
      '@lydell/node-pty',
      '@node-saml/node-saml',
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
      '@peculiar/x509',
      '@simplewebauthn/browser',
      '@simplewebauthn/server',
      'express',
      'ipaddr.js',
      'jose',
      'kysely',
      'nodemailer',
      'oidc-provider',
      'openid-client',
      'otpauth',
      'pg',
      'pino',
      'prom-client',
      'reflect-metadata',
      'scim2-parse-filter',
      'undici',
      'yaml',
      'zod',
    ],
    isLibrary: true,
    edges: /\/(config|main|run-server)\.ts$|\/config\/|worker\.ts$/,
  },
  agent: {
    uses: ['core', 'tunnel'],
    npm: ['@peculiar/x509', 'reflect-metadata', 'yaml'],
    isLibrary: true,
    edges: /\/(config|main)\.ts$|\/config\//,
  },
  cli: {
    uses: ['core'],
    lazy: ['tunnel', 'authz', 'audit', 'server', 'agent', 'web'],
    npm: ['@napi-rs/keyring', '@oclif/core', 'jose', 'openid-client', 'undici', 'yaml'],
    isLibrary: false,
  },
  web: {
    uses: ['core', 'authz', 'audit'],
    npm: [
      '@fontsource-variable/geist-mono',
      '@fontsource-variable/inter',
      '@tanstack/react-query',
      '@tanstack/react-router',
      '@tanstack/react-table',
      '@tanstack/react-virtual',
      '@xterm/addon-fit',
      '@xterm/xterm',
      'lucide-react',
      'radix-ui',
      'react',
      'react-dom',
      'uplot',
      'zod',
    ],
    isLibrary: false,
  },
};

const nodeModules = new Set(builtinModules);
const rootTools = new Set(Object.keys(readJson('package.json').devDependencies));
const startFilesOf = new Map();
const findings = [];

for (const { directory, manifest } of packages) {
  const name = directory.slice('packages/'.length);
  const layer = layers[name];
  if (layer === undefined) {
    findings.push(`${directory}: not in the table of .ci/checks/layers.mjs`);
    continue;
  }
  const declared = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  });
  const mayUse = new Set([...layer.uses, ...(layer.lazy ?? [])].map((one) => `@sallyport/${one}`));
  for (const dependency of declared) {
    if (!mayUse.has(dependency) && !layer.npm.includes(dependency)) {
      findings.push(`${directory}/package.json: depends on ${dependency}, which this layer may not use`);
    }
  }
  const used = new Set();
  for (const path of listFiles(new RegExp(`^${directory}/(src|bin)/.*\\.(ts|tsx|js|mjs)$`))) {
    for (const finding of checkFile(path, { name, directory, manifest, layer, declared, used })) findings.push(finding);
  }
  for (const dependency of declared) {
    if (!used.has(dependency) && !isResolved(directory, dependency))
      findings.push(`${directory}/package.json: ${dependency} is never imported`);
  }
}
report(findings);

function* checkFile(path, { directory, manifest, layer, declared, used, name }) {
  const tree = parse(path);
  // src/testing/ ships when it is an entry point; else it serves the package's own tests.
  const isTestFile = isTest(path) || (path.includes('/src/testing/') && manifest.exports['./testing'] === undefined);
  for (const { specifier, node, isDynamic, isTypeOnly } of importsOf(tree)) {
    const at = where(tree, node);
    if (specifier.startsWith('.')) {
      const target = normalize(join(dirname(path), specifier));
      if (!target.startsWith(`${directory}/`)) yield `${at}: ${specifier} leaves the package; import it by its name`;
      continue;
    }
    if (specifier.startsWith('node:') || nodeModules.has(specifier)) {
      const isProcess = ['node:process', 'process', 'node:console', 'console'].includes(specifier);
      if (isProcess && layer.isLibrary && !isTestFile && !layer.edges?.test(path))
        yield `${at}: a library takes ${specifier} from its caller`;
      continue;
    }
    const dependency = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    used.add(dependency);
    if (dependency.startsWith('@sallyport/')) {
      yield* checkOwn({
        at,
        specifier,
        dependency,
        isDynamic,
        isTypeOnly,
        isTestFile,
        layer,
        declared,
        manifest,
        directory,
        path,
      });
    } else if (isTestFile) {
      if (
        !declared.includes(dependency) &&
        manifest.devDependencies?.[dependency] === undefined &&
        !rootTools.has(dependency)
      ) {
        yield `${at}: ${dependency} is not in the package.json of ${name}`;
      }
    } else if (!declared.includes(dependency)) {
      // Types cost nothing at run time, yet a consumer's compiler needs them.
      if (!(isTypeOnly && manifest.devDependencies?.[`@types/${dependency}`] !== undefined)) {
        yield `${at}: ${dependency} is not among the dependencies of ${name}`;
      }
    } else if (!layer.npm.includes(dependency)) {
      yield `${at}: ${name} may not use ${dependency}`;
    }
  }
  if (layer.isLibrary && !isTestFile && !layer.edges?.test(path)) yield* checkProcess(tree);
}

/** Whether a package is found by its name at run time, as a worker's module is. */
function isResolved(directory, dependency) {
  return listFiles(new RegExp(`^${directory}/src/.*\\.ts$`)).some((path) =>
    read(path).includes(`resolve('${dependency}')`),
  );
}

/** Files that are loaded whatever a program was started for: reachable from its entries by static imports. */
function startFiles(directory) {
  let reached = startFilesOf.get(directory);
  if (reached !== undefined) return reached;
  reached = new Set();
  startFilesOf.set(directory, reached);
  const queue = ['main', 'index', 'run']
    .map((name) => `${directory}/src/${name}.ts`)
    .filter((path) => existsSync(join(root, path)));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path) || !existsSync(join(root, path))) continue;
    reached.add(path);
    for (const { specifier, isDynamic, isTypeOnly } of importsOf(parse(path))) {
      if (specifier.startsWith('.') && !isDynamic && !isTypeOnly) queue.push(normalize(join(dirname(path), specifier)));
    }
  }
  return reached;
}

function* checkOwn({
  at,
  specifier,
  dependency,
  isDynamic,
  isTypeOnly,
  isTestFile,
  layer,
  declared,
  manifest,
  directory,
  path,
}) {
  const target = packages.find((one) => one.manifest.name === dependency);
  if (target === undefined || !entryPoints(target).some((entry) => entry.specifier === specifier)) {
    yield `${at}: ${specifier} is no entry point`;
    return;
  }
  if (dependency === manifest.name) {
    if (!isTestFile) yield `${at}: import ${specifier} by a relative path`;
    return;
  }
  const short = dependency.slice('@sallyport/'.length);
  if (!layer.uses.includes(short) && !layer.lazy?.includes(short)) {
    yield `${at}: ${manifest.name} may not use ${dependency}`;
  } else if (!declared.includes(dependency) && !isTestFile) {
    yield `${at}: ${dependency} is not among the dependencies`;
  } else if (layer.lazy?.includes(short) && !isDynamic && !isTypeOnly && startFiles(directory).has(path)) {
    yield `${at}: ${dependency} is loaded by import() only, so that other commands start quickly`;
  }
}

/** Reads of the environment, the console and the process in a library. */
function* checkProcess(tree) {
  const banned = new Set([
    'env',
    'argv',
    'exit',
    'exitCode',
    'stdout',
    'stderr',
    'stdin',
    'on',
    'once',
    'chdir',
    'umask',
    'abort',
  ]);
  const found = [];
  walk(tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return;
    if (node.expression.text === 'console')
      found.push(`${where(tree, node)}: a library writes to the Logger it was given, not to the console`);
    if (node.expression.text === 'process' && banned.has(node.name.text)) {
      found.push(`${where(tree, node)}: a library does not use process.${node.name.text}; take it as an option`);
    }
  });
  yield* found;
}
