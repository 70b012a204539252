import { describe, expect, it } from 'vitest';
import { describeLabelSelectorProblem, type LabelSelector, matchLabelSelector } from './label-selector.ts';

const labels = { env: 'prod', tier: 'front', empty: '' };

describe('matchLabelSelector', () => {
  const cases: readonly { name: string; selector: LabelSelector; want: boolean }[] = [
    { name: 'one label', selector: { matchLabels: { env: 'prod' } }, want: true },
    { name: 'another value', selector: { matchLabels: { env: 'dev' } }, want: false },
    { name: 'labels that must all be there', selector: { matchLabels: { env: 'prod', tier: 'back' } }, want: false },
    { name: 'an empty value is a value', selector: { matchLabels: { empty: '' } }, want: true },
    { name: 'an empty value is not a missing one', selector: { matchLabels: { gone: '' } }, want: false },
    { name: 'In', selector: expression('env', 'In', ['dev', 'prod']), want: true },
    { name: 'In of a missing label', selector: expression('gone', 'In', ['dev']), want: false },
    { name: 'NotIn', selector: expression('env', 'NotIn', ['prod']), want: false },
    { name: 'NotIn of a missing label, as in Kubernetes', selector: expression('gone', 'NotIn', ['prod']), want: true },
    { name: 'Exists', selector: expression('empty', 'Exists'), want: true },
    { name: 'DoesNotExist', selector: expression('env', 'DoesNotExist'), want: false },
    {
      name: 'labels and expressions together',
      selector: { matchLabels: { env: 'prod' }, ...expression('tier', 'NotIn', ['front']) },
      want: false,
    },
    { name: 'no pattern in a value', selector: { matchLabels: { env: '*' } }, want: false },
    { name: 'no pattern in a label', selector: { matchLabels: { env: 'pr.*' } }, want: false },
    { name: 'nothing that every object has', selector: expression('constructor', 'Exists'), want: false },
  ];
  for (const { name, selector, want } of cases) it(name, () => expect(matchLabelSelector(selector, labels)).toBe(want));

  const malformed: readonly { given: unknown; problem: string }[] = [
    { given: {}, problem: 'is empty, which would select everything' },
    { given: { matchLabels: {}, matchExpressions: [] }, problem: 'is empty, which would select everything' },
    { given: null, problem: 'is not an object' },
    { given: 'env=prod', problem: 'is not an object' },
    { given: { matchLabels: { env: null } }, problem: 'has matchLabels that are not text' },
    { given: { matchExpressions: 'env' }, problem: 'has matchExpressions that are not a list' },
    { given: expression('env', 'In', []), problem: 'has matchExpressions[0] without values' },
    { given: expression('env', 'NotIn'), problem: 'has matchExpressions[0] without values' },
    { given: expression('env', 'Exists', ['prod']), problem: 'has matchExpressions[0] with values' },
    { given: expression('env', 'Gt' as never, ['1']), problem: 'has matchExpressions[0] with an unknown operator' },
    { given: { matchExpressions: [{ operator: 'Exists' }] }, problem: 'has matchExpressions[0] without a key' },
  ];
  for (const { given, problem } of malformed) {
    it(`SEC-H03 selects nothing by ${JSON.stringify(given)}`, () => {
      expect(describeLabelSelectorProblem(given as LabelSelector)).toBe(problem);
      expect(matchLabelSelector(given as LabelSelector, labels)).toBe(false);
      expect(matchLabelSelector(given as LabelSelector, {})).toBe(false);
    });
  }
});

function expression(
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  values?: string[],
): LabelSelector {
  return { matchExpressions: [{ key, operator, ...(values && { values }) }] };
}
