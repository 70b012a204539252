import { defineConfig } from 'vitest/config';

// Workspace packages resolve to their sources, so a single test file runs without a build.
const conditions = ['@sallyport/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  // Vitest hands these to Node itself, for every package. With `import` among them, `require` of a package that ships both
  // forms yields the ES module, which breaks express' router.
  ssr: { resolve: { conditions: ['@sallyport/source', 'node'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/src/**/*.test.tsx',
      'tests/**/*.test.ts',
      'examples/*/*.test.ts',
      'bench/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test waits for is late on a busy machine, not missing.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
