import { expect, it } from 'vitest';
import { formatLabels, readLabels } from './label-text.ts';

it('reads labels as they are written, empty lines and commas between them included', () => {
  const labels = { env: 'prod', 'example.com/tier': '1', empty: '' };
  expect(readLabels(formatLabels(labels))).toEqual({ labels });
  expect(readLabels(' env=prod, tier=1\n\n')).toEqual({ labels: { env: 'prod', tier: '1' } });
});

it.each(['env=prod x', '=x', 'a b=c', 'a=b=c!', 'a=1\na=2'])('says what is wrong with %s', (text) => {
  expect(readLabels(text)).toHaveProperty('problem');
});
