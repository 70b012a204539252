import { defineConfig } from 'tsup';

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
  dts: { entry: { index: 'src/index.ts', commands: 'src/commands.ts' } },
  sourcemap: true,
  clean: true,
});
