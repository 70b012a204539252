import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { contractPlugin } from './contract-plugin.ts';
import { earlyPagesPlugin } from './early-pages-plugin.ts';
import { fontPreloadPlugin } from './font-preload-plugin.ts';
import { mockClusterPlugin } from './mock-cluster-plugin.ts';
import { precompressPlugin } from './precompress-plugin.ts';

export default defineConfig({
  plugins: [
    contractPlugin(),
    mockClusterPlugin(),
    fontPreloadPlugin(),
    react(),
    tailwindcss(),
    precompressPlugin(),
    earlyPagesPlugin(),
  ],
  base: '/',
  resolve: { conditions: ['@sallyport/source', 'module', 'browser', 'default'] },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    // Older ones know no light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A content security policy without data: addresses for scripts and styles wants every asset as a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every page needs is one file: a browser asks a server for six at once and no more.
            { name: 'first', tags: ['$initial'], priority: 1 },
          ],
        },
      },
    },
  },
  logLevel: 'warn',
});
