import type { LabelSelector } from '@sallyport/core';
import { CliError } from '../errors.ts';

const REQUIREMENT =
  /^(?:!\s*(?<absent>[^\s!=<>,()]+)|(?<key>[^\s!=<>,()]+)(?:\s*(?<operator>==|=|!=)\s*(?<value>[^\s!=<>,()]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)$/;

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/**
 * Reads a label selector in kubectl's notation, `env=prod,tier in (web,db),!old`, into the form of documents. A key that is
 * demanded to be two things at once is refused: one of them would be lost.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseLabelSelector(text: string): {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: Requirement['operator']; values?: string[] }[];
} {
  const matchLabels = new Map<string, string>();
  const matchExpressions: { key: string; operator: Requirement['operator']; values?: string[] }[] = [];
  for (const part of text.split(/,(?![^(]*\))/)) {
    const groups = REQUIREMENT.exec(part.trim())?.groups;
    if (groups === undefined) throw malformed(part);
    const { absent, key = '', operator, value = '', set, values = '' } = groups;
    if (absent !== undefined) matchExpressions.push({ key: absent, operator: 'DoesNotExist' });
    else if (set !== undefined) {
      const wanted = values.split(',').map((each) => each.trim());
      matchExpressions.push({ key, operator: set === 'in' ? 'In' : 'NotIn', values: wanted });
    } else if (operator === undefined) matchExpressions.push({ key, operator: 'Exists' });
    else if (operator === '!=') matchExpressions.push({ key, operator: 'NotIn', values: [value] });
    else if (matchLabels.has(key)) throw malformed(part);
    else matchLabels.set(key, value);
  }
  return {
    ...(matchLabels.size > 0 && { matchLabels: Object.fromEntries(matchLabels) }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
}

function malformed(part: string): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `the label selector can't be understood at ${JSON.stringify(part.slice(0, 64))}`,
    nextStep: 'Write it as for kubectl, each key once with "=": env=prod,tier in (web,db),!old.',
  });
}
