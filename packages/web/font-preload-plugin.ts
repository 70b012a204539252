import type { Plugin } from 'vite';

/** Has `index.html` ask for the one font file that every page needs before the style sheet names it. */
export function fontPreloadPlugin(): Plugin {
  return {
    name: 'sallyport-font-preload',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((name) => /inter-latin-wght-normal.*\.woff2$/.test(name))
          .map((name) => ({
            tag: 'link',
            attrs: { rel: 'preload', href: `/${name}`, as: 'font', type: 'font/woff2', crossorigin: true },
            injectTo: 'head' as const,
          })),
    },
  };
}
