import { describe, expect, it } from 'vitest';
import { parseAuditText } from './audit-text.ts';

const alternative = (parts: object) => ({ all: [], phrases: [], none: [], nonePhrases: [], ...parts });

describe('a full-text query', () => {
  for (const { name, given, want } of [
    { name: 'demands every word', given: 'Payments prod', want: [alternative({ all: ['payments', 'prod'] })] },
    {
      name: 'takes the words of paths and addresses apart',
      given: '/api/v1/pods ann@example.com',
      want: [alternative({ all: ['api', 'v1', 'pods', 'ann', 'example', 'com'] })],
    },
    { name: 'keeps ids whole', given: 'gnt_01ABC', want: [alternative({ all: ['gnt_01abc'] })] },
    {
      name: 'demands words in quotes side by side',
      given: '"Bound by" x',
      want: [alternative({ all: ['bound', 'by', 'x'], phrases: ['bound by'] })],
    },
    {
      name: 'leaves out what has a minus in front',
      given: 'pods -"kube system" -dev',
      want: [alternative({ all: ['pods'], none: ['dev'], nonePhrases: ['kube system'] })],
    },
    {
      name: 'takes one of several alternatives',
      given: 'secrets OR configmaps',
      want: [alternative({ all: ['secrets'] }), alternative({ all: ['configmaps'] })],
    },
    {
      name: 'reads a quote that is never closed',
      given: '"a b',
      want: [alternative({ all: ['a', 'b'], phrases: ['a b'] })],
    },
    { name: 'finds nothing without a word that must be there', given: '-a or " " -', want: [] },
  ]) {
    it(name, () => expect(parseAuditText(given)).toEqual(want));
  }
});
