import { library } from '../../tsup.base.ts';

// What the server imports, and the declarations of the parts; pages and parts themselves are built by vite.
export default [
  library({ index: 'src/index.ts' }, { clean: false }),
  library(
    { index: 'src/parts/index.ts' },
    {
      clean: false,
      outDir: 'dist/parts',
      dts: { only: true, compilerOptions: { customConditions: [], jsx: 'react-jsx' } },
    },
  ),
];
