import { defineConfig } from 'tsup';

// Only what the server imports; the page itself is built by vite, into dist/site.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
  },
  format: 'esm',
  target: 'node20',
  dts: true,
  sourcemap: true,
});
