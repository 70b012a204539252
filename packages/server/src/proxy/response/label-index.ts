import { describeLabelSelectorProblem, type LabelSelector, matchLabelSelector } from '@sallyport/core';

/** Many label selectors, asked at once. */
export interface LabelIndex {
  /** Adds a selector. A malformed one is left out: it selects nothing. */
  add(selector: LabelSelector): void;
  /** Whether one of them selects an object with these labels. */
  matches(labels: Readonly<Record<string, string>>): boolean;
}

/**
 * Makes an empty index. A selector stands under one label that it cannot do without, and is looked at only for objects that
 * have that label. Those that can do without any (`NotIn` and `DoesNotExist` alone) are asked one by one.
 */
export function createLabelIndex(): LabelIndex {
  const byValue = new Map<string, LabelSelector[]>();
  const byKey = new Map<string, LabelSelector[]>();
  const others: LabelSelector[] = [];
  const known = new Set<string>();
  return {
    add(selector) {
      if (describeLabelSelectorProblem(selector) !== undefined) return;
      const text = JSON.stringify(selector);
      if (known.has(text)) return;
      known.add(text);
      const needed = neededLabel(selector);
      if (needed === undefined) others.push(selector);
      else if (needed.values === undefined) append(byKey, needed.key, selector);
      else for (const value of new Set(needed.values)) append(byValue, pair(needed.key, value), selector);
    },
    matches(labels) {
      if (known.size === 0) return false;
      const selects = (selector: LabelSelector) => matchLabelSelector(selector, labels);
      for (const key of Object.keys(labels)) {
        if (byValue.get(pair(key, labels[key]))?.some(selects) || byKey.get(key)?.some(selects)) return true;
      }
      return others.some(selects);
    },
  };
}

/** A label without which nothing is selected: with one of `values`, or with any when they are absent. */
function neededLabel(
  selector: LabelSelector,
): { readonly key: string; readonly values?: readonly string[] } | undefined {
  const [first] = Object.entries(selector.matchLabels ?? {});
  if (first !== undefined) return { key: first[0], values: [first[1]] };
  const expressions = selector.matchExpressions ?? [];
  const within = expressions.find(({ operator }) => operator === 'In');
  if (within !== undefined) return { key: within.key, values: within.values ?? [] };
  const present = expressions.find(({ operator }) => operator === 'Exists');
  return present && { key: present.key };
}

/** Keys of labels hold no `=`. */
function pair(key: string, value: unknown): string {
  return `${key}=${String(value)}`;
}

function append(map: Map<string, LabelSelector[]>, key: string, selector: LabelSelector): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [selector]);
  else list.push(selector);
}
