import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/index.ts';
import { judgeFolder } from './policy-in-ci.ts';

const now = new Date('2026-03-04T10:00:00Z');
const root = temporaryFolder('policy-in-ci');

/** The verdict on the files of the example after a change to one of them. */
function judgedWith(name: string, change: (text: string) => string) {
  const folder = join(root, name);
  cpSync(new URL('access', import.meta.url), folder, { recursive: true });
  const file = join(folder, 'organization.yaml');
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
  return judgeFolder(folder, now);
}

it('passes the files as they are', () => {
  expect(judgeFolder(new URL('access', import.meta.url).pathname, now)).toEqual({ findings: [], passedCount: 3 });
});

it('fails a change that gives more than was meant, and names the case', () => {
  const { findings, passedCount } = judgedWith('wide', (text) =>
    text.replace(
      'verbs: [delete], apiGroups: [""], resources: [pods]',
      'verbs: ["*"], apiGroups: ["*"], resources: ["*"]',
    ),
  );
  expect(passedCount).toBe(2);
  expect(findings).toEqual([{ file: 'tests.yaml', message: expect.stringMatching(/^on call, one opens no shell: /) }]);
});

it('fails a change that takes away what is needed', () => {
  const { findings } = judgedWith('narrow', (text) => text.replace('[delete]', '[get]'));
  expect(findings).toEqual([{ file: 'tests.yaml', message: expect.stringMatching(/^on call, one restarts a pod: /) }]);
});

it('fails documents that do not fit together, and runs no case on them', () => {
  expect(judgedWith('unbound', (text) => text.replace('role: on-call', 'role: oncall'))).toEqual({
    findings: [{ file: 'organization.yaml', message: expect.stringMatching(/^Binding on-call: .*oncall/) }],
    passedCount: 0,
  });
});

it('fails what is no policy at all', () => {
  for (const [name, text] of Object.entries({ yaml: 'a: [', kind: 'kind: Cake', field: 'kind: Role\nspec: {}' })) {
    const { findings, passedCount } = judgedWith(name, () => text);
    expect(passedCount).toBe(0);
    expect(findings.map(({ file }) => file)).toContain('organization.yaml');
  }
});
