import type { LabelRequirement, LabelSelector } from '@sallyport/core';

/** Whether two selectors say the same, in whatever order. */
export function isSameSelector(a: LabelSelector, b: LabelSelector): boolean {
  return canonical(a) === canonical(b);
}

function canonical({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map((pair) => JSON.stringify(pair));
  const requirements = matchExpressions.map(({ key, operator, values = [] }: LabelRequirement) =>
    JSON.stringify([key, operator, [...values].sort()]),
  );
  return JSON.stringify([labels.sort(), requirements.sort()]);
}
