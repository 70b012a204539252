import { expect, it } from 'vitest';
import { formatYaml } from './format-yaml.ts';
import { parseYaml } from './parse-yaml.ts';

it('writes what reads back as it was, long lines and words that look like something else included', () => {
  const shared = { cpu: '100m' };
  const value = {
    metadata: { name: 'no', labels: { 'app.kubernetes.io/name': 'y', version: '1.10', empty: '' } },
    spec: {
      args: ['--flag', 'a'.repeat(300), 'two\nlines\n', '- not a list', '0755'],
      limits: shared,
      requests: shared,
    },
    list: [],
    nothing: null,
  };
  expect(parseYaml(formatYaml(value))).toEqual(value);
  expect(formatYaml(value)).not.toContain('&');
});
