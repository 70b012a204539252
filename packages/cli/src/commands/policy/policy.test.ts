import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCaptured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
mkdirSync(join(folder, 'access'));
writeFileSync(
  join(folder, 'access', 'documents.yaml'),
  `apiVersion: sallyport.dev/v1
kind: Cluster
metadata: {name: production}
spec: {}
---
apiVersion: sallyport.dev/v1
kind: Role
metadata: {name: restart}
spec:
  kubernetes:
    clusterRoles: [edit]
    rules:
      - {verbs: [delete], apiGroups: [''], resources: [pods]}
---
apiVersion: sallyport.dev/v1
kind: User
metadata: {name: oda@example.com}
spec: {}
---
apiVersion: sallyport.dev/v1
kind: Binding
metadata: {name: oda}
spec:
  role: restart
  subjects: [{kind: User, name: oda@example.com}]
  scope: {kind: clusters, clusters: [production]}
`,
);
const tests = (expected: string) => `apiVersion: sallyport.dev/v1
kind: PolicyTest
metadata: {name: restart}
spec:
  cases:
    - name: Oda deletes pods
      as: {user: oda@example.com}
      cluster: production
      request: {verb: delete, resource: pods, namespace: web, name: web-0}
      expect: ${expected}
    - name: Oda reads no Secrets
      as: {user: oda@example.com}
      cluster: production
      request: {target: /api/v1/namespaces/web/secrets/db}
      expect: deny
`;
writeFileSync(join(folder, 'good.yaml'), tests('allow'));
writeFileSync(join(folder, 'bad.yaml'), tests('deny'));
writeFileSync(
  join(folder, 'broken.yaml'),
  `apiVersion: sallyport.dev/v1
kind: Binding
metadata: {name: lost}
spec:
  role: nobody
  subjects: [{kind: Group, name: none}]
  scope: {kind: organization}
`,
);

const run = (...argv: string[]) =>
  runCaptured(['policy', ...argv], { env: { PATH: '' }, userHome: folder, cwd: folder });

describe('policy validate', () => {
  it('finds nothing wrong with documents that fit together, without a login', async () => {
    expect(await run('validate', '-f', 'access', '-f', 'good.yaml')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '4 documents and 1 policy tests: no problems.\n',
    });
  });

  it('tells file and line of what is wrong', async () => {
    const { exitCode, stderr } = await run('validate', '-f', 'access', '-f', 'broken.yaml');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('broken.yaml:5: binding/lost: spec.role names the Role "nobody"');
    expect(stderr).toContain('ERR_CLI_DOCUMENT_INVALID');
  });
});

describe('policy test', () => {
  it('runs every case by the evaluator', async () => {
    const { exitCode, stdout, stderr } = await run('test', '-f', 'access', '-f', 'good.yaml');
    expect(stdout).toMatch(/RESULT +CASE\npassed +Oda deletes pods\npassed +Oda reads no Secrets\n/);
    expect([exitCode, stderr]).toEqual([0, '2 passed, 0 failed\n']);
  });

  it('fails with the place and the reason of each case that decides otherwise', async () => {
    const { exitCode, stdout, stderr } = await run('test', '-f', 'access', '-f', 'bad.yaml', '-o', 'json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).items).toMatchObject([{ isPassed: false, test: 'restart' }, { isPassed: true }]);
    expect(stderr).toContain(
      'bad.yaml:6: Oda deletes pods: expected deny, got allow: role restart is bound by bnd_oda',
    );
    expect(stderr).toContain('ERR_CLI_POLICY_TEST_FAILED');
  });

  it('runs nothing on documents with problems, and says when there is nothing to run', async () => {
    const broken = await run('test', '-f', 'broken.yaml', '-f', 'good.yaml');
    expect([broken.exitCode, broken.stdout]).toEqual([1, '']);
    expect((await run('test', '-f', 'access')).stderr).toContain('no document of kind PolicyTest');
  });
});
