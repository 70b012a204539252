import { defineConfig } from 'vitepress';
import { REPOSITORY, siteLinks, slugify } from './links.mjs';
import { navigation } from './navigation.mjs';

const sidebar = navigation.map(({ title, pages }, i) => ({
  text: title,
  collapsed: i > 1,
  items: Object.entries(pages).map(([page, text]) => ({ text, link: `/${page}` })),
}));

export default defineConfig({
  title: 'Sallyport',
  description: 'The Kubernetes access plane that you can embed',
  cacheDir: '../node_modules/.cache/vitepress',
  // A mirror without a way to the internet serves the site as it is: fonts and search are part of it.
  head: [],
  markdown: {
    anchor: { slugify },
    // Long generated pages are read more often than copied from.
    lineNumbers: false,
    config: (markdown) => void markdown.use(siteLinks),
  },
  themeConfig: {
    nav: [
      { text: 'Concepts', link: '/concepts' },
      { text: 'Command line', link: '/cli' },
      { text: 'REST API', link: '/rest-api' },
      { text: 'Security', link: '/threat-model' },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
});
