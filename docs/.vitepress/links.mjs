// Documents link to one another, and to files of the repository, by relative paths, as they read in the repository. On the
// site, a link to a page leads to the page, one to a package's README to its page, and any other to the file in the repository.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where files are looked at that are no pages. */
export const REPOSITORY = 'https://github.com/sallyport/sallyport';

/** Anchors as GitHub makes them, so that a link with one works in both places. */
export function slugify(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** The file of the repository that a page of the site is made from. */
function sourceOf(page) {
  const [, name] = /^packages\/([a-z]+)\.md$/.exec(page) ?? [];
  return name === undefined ? `docs/${page}` : `packages/${name}/README.md`;
}

/** The page that a file of the repository makes, below docs/; `undefined` when there is none. */
function pageOf(file) {
  const [, name] = /^packages\/([a-z]+)(?:\/README\.md)?\/?$/.exec(file) ?? [];
  if (name !== undefined) return `packages/${name}.md`;
  return /^docs\/.*\.md$/.test(file) ? file.slice('docs/'.length) : undefined;
}

/** What a relative link of a page leads to on the site. */
export function siteLink(page, href) {
  if (/^([a-z][a-z0-9+.-]*:|#|\/)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const file = normalize(join(dirname(sourceOf(page)), decodeURIComponent(path)));
  const target = pageOf(file);
  if (target !== undefined) {
    const way = relative(dirname(page), target);
    return `${way.startsWith('.') ? way : `./${way}`}${hash}`;
  }
  // What is not there stays as it is, and fails the build as a dead link.
  if (!existsSync(join(root, file))) return href;
  return `${REPOSITORY}/${statSync(join(root, file)).isDirectory() ? 'tree' : 'blob'}/main/${file}${hash}`;
}

/** Plugin of markdown-it that rewrites the links of a page. */
export function siteLinks(markdown) {
  markdown.core.ruler.push('site-links', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', siteLink(env.relativePath, href));
    }
  });
}
