import { defineConfig } from 'tsup';

// What CommonJS code, bundled into an ES module, expects to find. Names of its own, so that no import of ours collides.
const commonJsNames = [
  "import { createRequire as cjsCreateRequire } from 'node:module';",
  "import { dirname as cjsDirname } from 'node:path';",
  "import { fileURLToPath as cjsFileUrlToPath } from 'node:url';",
  'const require = cjsCreateRequire(import.meta.url);',
  'const __filename = cjsFileUrlToPath(import.meta.url);',
  'const __dirname = cjsDirname(__filename);',
].join('\n');

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    main: 'src/main.ts',
    commands: 'src/commands.ts',
  },
  format: 'esm',
  target: 'node20',
  // A command loads its own chunk only.
  splitting: true,
  // One file instead of some hundred takes a third off every start. What oclif loads for TypeScript projects stays out:
  // with the compiler inside, the bundle would start slower than none.
  noExternal: ['@oclif/core'],
  external: ['typescript', 'ts-node', 'tsx'],
  banner: { js: commonJsNames },
  dts: { entry: { index: 'src/index.ts', commands: 'src/commands.ts' } },
  sourcemap: true,
  clean: true,
});
