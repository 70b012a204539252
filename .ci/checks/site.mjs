// Every page of docs/ stands in the site's side bar once, and everything there is a page. `npm run docs` builds the site, where a
// dead link fails.
import { navigation } from '../../docs/.vitepress/navigation.mjs';
import { listFiles, packages, report } from './lib/workspace.mjs';

const place = 'docs/.vitepress/navigation.mjs';
const pages = new Set([
  ...listFiles(/^docs\/.*\.md$/)
    .map((path) => path.slice('docs/'.length, -'.md'.length))
    .filter((page) => page !== 'index' && !page.includes('[')),
  ...packages.map(({ directory }) => directory),
]);
const linked = navigation.flatMap((section) => Object.keys(section.pages));
report([
  ...[...pages].filter((page) => !linked.includes(page)).map((page) => `${place}: docs/${page}.md is not in it`),
  ...linked.filter((page) => !pages.has(page)).map((page) => `${place}: there is no docs/${page}.md`),
  ...linked.filter((page, i) => linked.indexOf(page) !== i).map((page) => `${place}: ${page} stands in it twice`),
]);
