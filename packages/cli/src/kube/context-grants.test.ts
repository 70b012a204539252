import { describe, expect, it } from 'vitest';
import { createFakeApi } from '../testing/fake-api.ts';
import { reaches } from './context-grants.ts';

describe('which clusters a grant reaches', () => {
  const fake = createFakeApi();
  const cluster = fake.put('Cluster', 'alpha', {
    spec: { project: 'payments', sharedWith: ['web'] },
    labels: { env: 'prod' },
  }) as Parameters<typeof reaches>[2];
  const plain = fake.put('Cluster', 'beta', { spec: {} }) as Parameters<typeof reaches>[2];

  it('goes by name, by project, shared ones too, and by label', () => {
    expect(reaches({ kind: 'organization' }, 'alpha', undefined)).toBe(true);
    expect(reaches({ kind: 'clusters', clusters: ['alpha'] }, 'alpha', undefined)).toBe(true);
    expect(reaches({ kind: 'clusters', clusters: ['alpha'] }, 'beta', undefined)).toBe(false);
    for (const [project, want] of [
      ['payments', true],
      ['web', true],
      ['default', false],
    ] as const) {
      expect(reaches({ kind: 'projects', projects: [project] }, 'alpha', cluster), project).toBe(want);
    }
    expect(reaches({ kind: 'projects', projects: ['default'] }, 'beta', plain)).toBe(true);
    const selector = { matchLabels: { env: 'prod' } };
    expect(reaches({ kind: 'clusterSelector', selector }, 'alpha', cluster)).toBe(true);
    expect(reaches({ kind: 'clusterSelector', selector }, 'beta', plain)).toBe(false);
  });

  it('is none by what is not known', () => {
    expect(reaches({ kind: 'projects', projects: ['default'] }, 'alpha', undefined)).toBe(false);
    const selector = { matchExpressions: [{ key: 'old', operator: 'DoesNotExist' as const }] };
    expect(reaches({ kind: 'clusterSelector', selector }, 'alpha', undefined)).toBe(false);
  });
});
