import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { contractPlugin } from './contract-plugin.ts';
import { scopeCss } from './scope-css.ts';

const { dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;
/** What stays an import. Packages of ours come along, as little of them as is used: their entries hold much more. */
const external = Object.keys({ ...dependencies, ...peerDependencies }).filter(
  (name) => !name.startsWith('@sallyport/'),
);

/** Puts the style sheet beside the entry. The entry itself imports none: it loads in Node, too. */
const withStyles: Plugin = {
  name: 'sallyport-parts-styles',
  transform: (code, id) =>
    id === join(import.meta.dirname, 'src/parts/index.ts') ? `import '../styles/parts.css';\n${code}` : undefined,
};

// The parts for portals, as a library. The site itself is built by vite.config.ts.
export default defineConfig({
  plugins: [withStyles, contractPlugin(), react(), tailwindcss()],
  resolve: { conditions: ['@sallyport/source', 'module', 'browser', 'default'] },
  css: { postcss: { plugins: [scopeCss('.sallyport')] } },
  build: {
    outDir: 'dist/parts',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    cssCodeSplit: false,
    minify: false,
    sourcemap: true,
    copyPublicDir: false,
    lib: { entry: { index: 'src/parts/index.ts' }, formats: ['es'], cssFileName: 'parts' },
    rolldownOptions: {
      // What is imported for nothing that is used needs no import.
      treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
      external: (id) => external.some((name) => id === name || (id.startsWith(`${name}/`) && !id.endsWith('.css'))),
    },
    reportCompressedSize: false,
  },
  logLevel: 'warn',
});
