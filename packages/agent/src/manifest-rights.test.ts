import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type AgentRbacOptions, manifestObjects, rbacOnly } from './manifest.ts';
import type { RightsRule } from './manifest-rights.ts';
import { DOCUMENTED_MODES, renderRightsTable } from './testing/rights-tables.ts';
import { SAMPLE_MANIFEST } from './testing/sample-manifest.ts';

const rulesOf = (kind: string, suffix: string, options: AgentRbacOptions): readonly RightsRule[] => {
  const found = rbacOnly(options).find(
    (object) => object.kind === kind && object.metadata.name === `sallyport-agent${suffix}`,
  );
  return (found?.['rules'] ?? []) as readonly RightsRule[];
};

describe('the rights of the agent', () => {
  for (const [mode, options] of Object.entries(DOCUMENTED_MODES)) {
    const reachesAll = options.generatedRules === true;
    it(`are those of docs/upstream-modes.md: ${mode}`, async () => {
      const page = await readFile(new URL('../../../docs/upstream-modes.md', import.meta.url), 'utf8');
      const table = new RegExp(`<!-- rights:${mode} -->\\n([^]*?)\\n<!-- /rights -->`).exec(page)?.[1];
      expect(table?.trim()).toBe(renderRightsTable(mode));
      // What the table is made of is what is applied.
      expect(
        rulesOf('ClusterRole', '-impersonate', options).length + rulesOf('Role', '-identity', options).length,
      ).toBe(renderRightsTable(mode).split('\n').length - 2);
    });

    if (reachesAll)
      it(`reach every role and binding where that is opted into, and name what they do: ${mode}`, () => {
        const rules = rulesOf('ClusterRole', '-impersonate', options);
        expect(rules.flatMap(({ verbs }) => verbs)).not.toContain('*');
        expect(rules.filter(({ verbs }) => verbs.includes('escalate'))).toEqual([
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['clusterroles'],
            verbs: ['create', 'get', 'list', 'update', 'delete', 'bind', 'escalate'],
          },
        ]);
      });

    if (!reachesAll)
      it(`never reach all bindings, all groups, or everything by a wildcard: ${mode}`, () => {
        for (const rule of rulesOf('ClusterRole', '-impersonate', options)) {
          const { resources = [], resourceNames, verbs } = rule;
          expect(verbs).not.toContain('*');
          expect(verbs).not.toContain('escalate');
          if (resources.includes('groups') || resources.includes('clusterroles')) expect(resourceNames).toBeDefined();
          if (resources.some((resource) => resource.endsWith('bindings')) && verbs.join() !== 'create') {
            expect(resourceNames).toBeDefined();
          }
        }
      });
  }

  it('are in objects of the same names in every mode, so that applying one mode takes the rights of another', () => {
    const names = Object.values(DOCUMENTED_MODES).map((options) =>
      rbacOnly({ ...options, ceiling: ['view'] })
        .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    );
    for (const list of names) expect(list).toEqual(names[0]);
  });

  it('are not given for generated rules where nobody is bound', () => {
    expect(() => rbacOnly({ generatedRules: true })).toThrow(expect.objectContaining({ code: 'ERR_AGENT_MANIFEST' }));
  });

  it('to uninstall cover what every mode installs', () => {
    for (const options of Object.values(DOCUMENTED_MODES)) {
      const { data } = manifestObjects({ ...SAMPLE_MANIFEST, ...options }).find(
        ({ kind }) => kind === 'ConfigMap',
      ) as unknown as { readonly data: Readonly<Record<string, string>> };
      const plan = JSON.parse(data['uninstall.json'] ?? '') as { readonly clusterPaths: readonly string[] };
      for (const other of Object.values(DOCUMENTED_MODES)) {
        for (const { kind, metadata } of rbacOnly(other)) {
          if (kind !== 'ClusterRole' && kind !== 'ClusterRoleBinding') continue;
          const path = `/apis/rbac.authorization.k8s.io/v1/${kind.toLowerCase()}s/${metadata.name}`;
          expect(plan.clusterPaths).toContain(path);
        }
      }
    }
  });
});
