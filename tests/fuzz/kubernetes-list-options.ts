import { isLabelSelectorOfKubernetes } from './kubernetes-label-selector.ts';

/**
 * What `ListOptions` of a query mean to kube-apiserver's `RequestInfo`: `metav1.ListOptions` decoded from the first value of
 * each key, its selectors parsed; when one of that fails, only `watch` counts.
 */
export function readOptions(values: ReadonlyMap<string, readonly string[]>): { watch: boolean; name: string } {
  const first = (key: string) => values.get(key)?.[0];
  const watchText = first('watch');
  const watch = watchText !== undefined && !['false', '0'].includes(watchText.toLowerCase());
  if (!isInt64(first('limit')) || !isInt64(first('timeoutSeconds'))) return { watch, name: '' };
  if (!isLabelSelectorOfKubernetes(first('labelSelector') ?? '')) return { watch, name: '' };
  const terms = parseFieldSelector(first('fieldSelector') ?? '');
  if (terms === undefined) return { watch, name: '' };
  return { watch, name: terms.find((term) => term.isEqual && term.field === 'metadata.name')?.value ?? '' };
}

/** `strconv.ParseInt(text, 10, 64)` succeeds, or there is nothing to parse. */
export function isInt64(text: string | undefined): boolean {
  if (text === undefined) return true;
  const digits = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text;
  if (digits === '' || [...digits].some((char) => char < '0' || char > '9')) return false;
  const limit = text.startsWith('-') ? 9_223_372_036_854_775_808n : 9_223_372_036_854_775_807n;
  return BigInt(digits) <= limit;
}

interface Term {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** apimachinery's `fields.ParseSelector`; `undefined` where it fails. */
function parseFieldSelector(selector: string): Term[] | undefined {
  const parts: string[] = [];
  let part = '';
  let isEscaped = false;
  for (const char of selector) {
    if (!isEscaped && char === ',') {
      parts.push(part);
      part = '';
      continue;
    }
    isEscaped = !isEscaped && char === '\\';
    part += char;
  }
  parts.push(part);
  const terms: Term[] = [];
  for (const one of parts.sort()) {
    if (one === '') continue;
    const term = parseTerm(one);
    if (term === undefined) return undefined;
    terms.push(term);
  }
  return terms;
}

function parseTerm(text: string): Term | undefined {
  for (let i = 0; i < text.length; i += 1) {
    const operator = ['!=', '==', '='].find((one) => text.startsWith(one, i));
    if (operator === undefined) continue;
    const value = unescapeValue(text.slice(i + operator.length));
    return value === undefined ? undefined : { field: text.slice(0, i), isEqual: operator !== '!=', value };
  }
  return undefined;
}

function unescapeValue(text: string): string | undefined {
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === ',' || char === '=') return undefined;
    if (char !== '\\') {
      out += char;
      continue;
    }
    i += 1;
    const next = text[i];
    if (next !== '\\' && next !== ',' && next !== '=') return undefined;
    out += next;
  }
  return out;
}
