import { defineConfig, type Options } from 'tsup';

/** Build of a library: ESM with declarations, one file per entry point. Declarations read those of other packages, not their sources. */
export function library(entry: Record<string, string>, options: Options = {}) {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'node20',
    dts: { compilerOptions: { customConditions: [] } },
    sourcemap: true,
    clean: true,
    silent: true,
    ...options,
  });
}
