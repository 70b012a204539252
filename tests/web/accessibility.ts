import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What axe finds on a page that breaks WCAG 2.2 A or AA: the rules with the elements. `contrast` looks at colours alone: that is all that
 * another theme changes.
 */
export async function breachesOf(page: Page, what: 'all' | 'contrast' = 'all'): Promise<readonly string[]> {
  const runOnly = what === 'all' ? RULES : { type: 'rule', values: ['color-contrast'] };
  // By the debugger: the page's own policy lets no foreign script in.
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(`(() => { ${AXE} })()`);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run({ runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] })`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html.slice(0, 200)}`),
  );
}
