import { describe, expect, it } from 'vitest';
import { matrixOf, ruleSentence, VERBS } from './rule-words.ts';

describe('a rule as a sentence', () => {
  for (const [rule, want] of [
    [{ verbs: ['get', 'list'], resources: ['pods', 'pods/log'], apiGroups: [''] }, 'get, list on pods, pods/log'],
    [{ verbs: ['*'], resources: ['deployments'], apiGroups: ['apps'] }, 'everything on deployments in apps'],
    [{ verbs: [...VERBS], resources: ['*'], apiGroups: ['*'] }, 'everything on everything'],
    [
      { verbs: VERBS.filter((verb) => verb !== 'deletecollection'), resources: ['jobs'], apiGroups: ['batch'] },
      'all but deletecollection on jobs in batch',
    ],
    [
      { verbs: ['get'], resources: ['secrets'], resourceNames: ['tls'], namespaces: ['shop'] },
      'get on secrets named tls of shop',
    ],
    [{ verbs: ['get'], nonResourceUrls: ['/metrics'] }, 'get on /metrics'],
    [{ verbs: ['get'] }, 'get on nothing'],
  ] as const) {
    it(want, () => expect(ruleSentence(rule)).toBe(want));
  }
});

describe('the matrix of a role', () => {
  it('tells what is new from what was held, and parts from the whole', () => {
    const rows = matrixOf(
      [{ verbs: ['get', 'list', 'watch'], resources: ['pods'] }],
      [
        { verbs: ['get', 'list'], resources: ['pods'] },
        { verbs: ['delete'], resources: ['pods'] },
        { verbs: ['*'], resources: ['jobs'] },
      ],
    );
    expect(
      rows.map(({ resource, cells }) => [resource, cells.map(({ before, after }) => `${before}>${after}`)]),
    ).toEqual([
      ['jobs', ['none>all', 'none>all', 'none>all', 'none>all']],
      ['pods', ['all>some', 'none>none', 'none>none', 'none>some']],
    ]);
    expect(rows[1]?.cells[0]?.verbs).toEqual(['get', 'list']);
  });

  it('counts a wildcard for each resource that is named', () => {
    const rows = matrixOf(
      [],
      [
        { verbs: ['get'], resources: ['*'] },
        { verbs: ['create'], resources: ['pods'] },
      ],
    );
    expect(rows.map(({ resource, cells }) => [resource, cells[0]?.after])).toEqual([
      ['*', 'some'],
      ['pods', 'some'],
    ]);
  });
});
