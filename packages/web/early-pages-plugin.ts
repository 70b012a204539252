import { join } from 'node:path';
import { type Plugin, runnerImport } from 'vite';

const MODULE = join(import.meta.dirname, 'src/app/early-pages.tsx');
const ROOT = /<div id="root"[^>]*><\/div>/;
const SCRIPT = /<script type="module" crossorigin src="([^"]+)"><\/script>/g;
const conditions = ['@sallyport/source', 'module', 'node', 'default'];
const NAMESPACE = ' xmlns="http://www.w3.org/2000/svg"';

/**
 * Puts what `src/app/early-pages.tsx` draws into `index.html`, as templates for `public/early.js`, and leaves the start of the page's
 * script to that file: the browser loads the script at once, and runs it once the first frame stands.
 */
export function earlyPagesPlugin(): Plugin {
  return {
    name: 'sallyport-early-pages',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      async handler(html) {
        // The last one is the start; those before it are what it imports.
        const start = [...html.matchAll(SCRIPT)].at(-1)?.[1];
        if (start === undefined) throw new Error('index.html has no script that could be started later');
        if (!ROOT.test(html)) throw new Error('index.html has no place for a page');
        const { module } = await runnerImport<{ readonly earlyPages: Readonly<Record<string, string>> }>(MODULE, {
          configFile: false,
          logLevel: 'error',
          root: import.meta.dirname,
          resolve: { conditions },
          ssr: { noExternal: [/^@sallyport\//], resolve: { conditions } },
        });
        // In a document of HTML an SVG needs no name of its namespace, which would read as another origin.
        const templates = Object.entries(module.earlyPages).map(
          ([name, markup]) => `<template id="early-${name}">${markup.replaceAll(NAMESPACE, '')}</template>`,
        );
        return html
          .replace(SCRIPT, (_, path: string) => {
            return `<link rel="modulepreload" crossorigin href="${path}"${path === start ? ' data-start' : ''}>`;
          })
          .replace(ROOT, (root) => `${root}\n    ${templates.join('\n    ')}`);
      },
    },
  };
}
