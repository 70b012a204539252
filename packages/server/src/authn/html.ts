import { escapeHtml } from '../escape-html.ts';

/** Markup that is safe to send as it is. Only {@link html} makes it. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | undefined | readonly Html[];

/**
 * Builds markup from a template. Every value is escaped for element content and quoted attributes, unless it is itself
 * {@link Html}; `undefined` is nothing. Never put values into scripts, styles, unquoted attributes or URLs' schemes.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] as string;
  parts.forEach((part, i) => {
    markup += render(part) + (strings[i + 1] as string);
  });
  return { markup };
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  if ('markup' in part) return part.markup;
  return part.map((each) => each.markup).join('');
}
