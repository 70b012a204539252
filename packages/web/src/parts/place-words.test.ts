import { describe, expect, it } from 'vitest';
import { placeOf } from './place-words.ts';

describe('placeOf', () => {
  it('says where each kind of scope reaches', () => {
    expect(placeOf({ kind: 'organization' })).toEqual({ on: ['every cluster'], in: [] });
    expect(placeOf({ kind: 'projects', projects: ['shop', 'bank'] })).toEqual({
      on: ['project shop', 'project bank'],
      in: [],
    });
    expect(placeOf({ kind: 'clusters', clusters: ['demo'], namespaces: { names: ['shop', 'jobs'] } })).toEqual({
      on: ['demo'],
      in: ['shop', 'jobs'],
    });
    expect(
      placeOf({
        kind: 'clusterSelector',
        selector: { matchLabels: { env: 'prod' } },
        namespaces: { selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['web', 'ops'] }] } },
      }),
    ).toEqual({ on: ['clusters with env=prod'], in: ['namespaces with team In (web, ops)'] });
  });
});
