import { readFileSync } from 'node:fs';
import { CONDITION_VARIABLES } from '@sallyport/authz';
import { readOrganization, runPolicyTest } from '@sallyport/authz/tools';
import { type KindName, kinds, type PolicyTest, policyTestSchema, type ResourceDocument } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** Every YAML document of a page, checked against its schema. */
function examplesOf(name: string) {
  const resources: ResourceDocument[] = [];
  const tests: PolicyTest[] = [];
  for (const [, text = ''] of page(name).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
    for (const document of parseAllDocuments(text, { merge: true })) {
      expect(document.errors, text).toEqual([]);
      const value = document.toJS() as { readonly kind: string };
      if (value.kind === 'PolicyTest') tests.push(policyTestSchema.parse(value));
      else {
        kinds[value.kind as KindName].document.parse(value);
        resources.push(value as ResourceDocument);
      }
    }
  }
  return { resources, tests };
}

for (const name of [
  'policies.md',
  'policy-tools.md',
  'from-kubernetes-rbac.md',
  'read-only.md',
  'access-requests.md',
]) {
  describe(`the documents of docs/${name}`, () => {
    const { resources, tests } = examplesOf(name);
    const { organization, problems } = readOrganization(resources);

    it('fit together', () => {
      expect(problems).toEqual([]);
      expect(resources.length).toBeGreaterThan(0);
    });

    for (const test of tests) {
      for (const [i, { name: sentence }] of test.spec.cases.entries()) {
        it(sentence, () => {
          const result = runPolicyTest(organization, test, new Date('2026-03-04T10:00:00Z'))[i];
          expect(result?.problem).toBeUndefined();
        });
      }
    }

    it('are tested', () => expect(tests.length).toBeGreaterThan(0));
  });
}

it('the table of condition variables is the one that conditions are compiled against', () => {
  const [, table = ''] =
    /<!-- condition variables -->([\s\S]*?)<!-- \/condition variables -->/.exec(page('policies.md')) ?? [];
  const documented = [...table.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, name, type]) => `${name}: ${type}`);
  const declared = Object.entries(CONDITION_VARIABLES).flatMap(([name, variable]) =>
    typeof variable === 'string'
      ? [`${name}: ${variable}`]
      : Object.entries(variable.fields).map(([field, type]) => `${name}.${field}: ${type}`),
  );
  expect(documented).toEqual(declared);
});
