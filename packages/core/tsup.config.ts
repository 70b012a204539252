import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'kubeconfig/index': 'src/kubeconfig/index.ts',
    'credentials/index': 'src/credentials/index.ts',
    'streaming/index': 'src/streaming/index.ts',
    'api/index': 'src/api/index.ts',
    'testing/index': 'src/testing/index.ts',
  },
  format: 'esm',
  target: 'node20',
  dts: true,
  sourcemap: true,
  clean: true,
});
