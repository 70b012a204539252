import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part, run, temporaryFolder } from '../support/index.ts';
import { type ClusterAccount, createClusterAccount } from './cluster-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { CLUSTER, ORGANIZATION, type PersonName, type Stack, startStack } from './stack.ts';

// What real clients send when they are asked to do what a role may not, and when they ask what it may.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const isOld = version === 'kubectlOld';

  describe.skipIf(lacks('cluster', 'image', 'kubectl', version))(`decisions on a real cluster, by ${version}`, () => {
    const namespace = uniqueName('may');
    let account: ClusterAccount;
    let stack: Stack;

    beforeAll(async () => {
      account = await createClusterAccount(temporaryFolder());
      stack = await startStack({ kubeconfig: account.kubeconfig });
      const { api } = await stack.person('admin');
      await stack.person('viewer');
      const give = async (name: string, user: string, spec: object) => {
        const metadata = { name };
        const head = { apiVersion: 'sallyport.dev/v1', metadata } as const;
        await api.createRole({ organization: ORGANIZATION, body: { ...head, kind: 'Role', spec } });
        const scope = { kind: 'clusters' as const, clusters: [CLUSTER] };
        const subjects = [{ kind: 'User' as const, name: user }];
        const binding = { role: name, subjects, scope };
        await api.createBinding({ organization: ORGANIZATION, body: { ...head, kind: 'Binding', spec: binding } });
      };
      const mayActAs = (resource: string, ...resourceNames: string[]) => ({
        verbs: ['impersonate'],
        apiGroups: [''],
        resources: [resource],
        resourceNames,
      });
      const rules = [mayActAs('users', 'viewer@demo.test', 'developer@demo.test'), mayActAs('groups', 'viewers')];
      await give('acting', 'admin@demo.test', {
        kubernetes: { clusterRoles: ['view'], rules, privileges: ['impersonation'] },
      });
      // Everything that a wildcard stands for, and no privilege.
      await stack.person('auditor');
      await give('running', 'auditor@demo.test', {
        permissions: ['clusters.read', 'credentials.create'],
        kubernetes: { clusterRoles: ['cluster-admin'] },
      });
      expect(await as('admin', 'create', 'namespace', namespace)).toMatchObject({ code: 0 });
    }, 60_000);
    afterAll(async () => {
      if (stack !== undefined) await as('admin', 'delete', 'namespace', namespace, '--wait=false');
      await stack?.close();
      await account?.remove();
    }, 30_000);

    async function as(person: PersonName, ...words: string[]) {
      return withInput(person, '', ...words);
    }

    async function withInput(person: PersonName, input: string, ...words: string[]) {
      const kubeconfig = await stack.kubeconfig(person);
      return run(part(version), ['--kubeconfig', kubeconfig, '--namespace', namespace, ...words], { input });
    }

    async function refusal(person: PersonName, ...words: string[]) {
      const { code, stderr } = await as(person, ...words);
      expect(code, `${words.join(' ')}: ${stderr}`).not.toBe(0);
      return stderr;
    }

    const pod = (name: string, spec: object) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
    const container = () => ({ name: 'c', image: part('image'), imagePullPolicy: 'Never', command: ['sleep', '600'] });

    it('SEC-B08 creates, applies and replaces what a role may, in every encoding that it sends', async () => {
      const plain = pod('plain', { containers: [container()] });
      expect(await as('developer', 'create', 'deployment', 'web', '--image', part('image'))).toMatchObject({ code: 0 });
      expect(await as('developer', 'create', 'configmap', 'c', '--from-literal=a=b')).toMatchObject({ code: 0 });
      expect(await withInput('developer', plain, 'apply', '--server-side', '-f', '-')).toMatchObject({ code: 0 });
      const { stdout } = await as('developer', 'get', 'configmap', 'c', '-o', 'json');
      expect(await withInput('developer', stdout, 'replace', '-f', '-')).toMatchObject({ code: 0 });
      expect(await as('developer', 'set', 'image', 'deployment/web', '*=other')).toMatchObject({ code: 0 });
    });

    it('SEC-B08 is refused pods that reach beyond their container, with where it says so', async () => {
      const privileged = pod('bad', { containers: [{ ...container(), securityContext: { privileged: true } }] });
      for (const words of [['create'], ['apply'], ['apply', '--server-side']]) {
        const { code, stderr } = await withInput('developer', privileged, ...words, '-f', '-');
        expect([words, code]).toEqual([words, 1]);
        expect(stderr).toContain('spec.containers[0].securityContext.privileged');
      }
      const host = '{"spec":{"template":{"spec":{"hostNetwork":true}}}}';
      for (const type of ['strategic', 'merge']) {
        const stderr = await refusal('developer', 'patch', 'deployment', 'web', '--type', type, '-p', host);
        expect(stderr).toContain('spec.template.spec.hostNetwork');
      }
      const operations = '[{"op":"add","path":"/spec/template/spec/hostPID","value":true}]';
      const stderr = await refusal('developer', 'patch', 'deployment', 'web', '--type', 'json', '-p', operations);
      expect(stderr).toContain('spec.template.spec.hostPID');
      const { code } = await withInput('admin', privileged, 'create', '--dry-run=server', '-f', '-');
      expect(code).toBe(0);
    });

    // A test of what only the new kubectl has is no test of the old one.
    if (!isOld)
      it('SEC-B08 does not debug a node, and copies a pod', async () => {
        const node = (await as('admin', 'get', 'nodes', '-o', 'name')).stdout.trim().split('\n')[0] ?? '';
        const words = ['debug', node, '--image', part('image'), '--', 'true'];
        expect(await refusal('auditor', ...words)).toMatch(/privilege privilegedPods, which "?spec/);
        const copy = ['debug', 'plain', '--copy-to=copy', '--image', part('image')];
        // Without a profile, kubectl gives its container the right to trace others.
        expect(await refusal('developer', ...copy, '--', 'true')).toContain('securityContext.capabilities.add[0]');
        expect(await as('developer', ...copy, '--profile=baseline', '--', 'true')).toMatchObject({ code: 0 });
      });

    if (!isOld)
      it('SEC-B11 makes no token of a service account', async () => {
        expect(await refusal('developer', 'create', 'token', 'default')).toMatch(
          /may not create serviceaccounts\/token/,
        );
        expect((await as('admin', 'create', 'token', 'default')).stdout).toMatch(/^ey/);
      });

    it('SEC-B20 is told what it may', async () => {
      const answer = async (person: PersonName, ...words: string[]) => {
        const { stdout } = await as(person, 'auth', 'can-i', ...words);
        return stdout.trim().split(/\s/)[0];
      };
      expect(await answer('viewer', 'get', 'pods')).toBe('yes');
      expect(await answer('viewer', 'create', 'pods')).toBe('no');
      expect(await answer('viewer', 'create', 'pods', '--subresource=exec')).toBe('no');
      expect(await answer('developer', 'create', 'pods', '--subresource=exec')).toBe('yes');
      expect(await answer('developer', 'create', 'serviceaccounts', '--subresource=token')).toBe('no');
      expect(await answer('developer', 'create', 'rolebindings.rbac.authorization.k8s.io')).toBe('no');
      expect(await answer('admin', 'create', 'rolebindings.rbac.authorization.k8s.io')).toBe('yes');
      expect(await answer('admin', 'impersonate', 'users/viewer@demo.test')).toBe('yes');
      expect(await answer('admin', 'impersonate', 'users/auditor@demo.test')).toBe('no');
      expect(await answer('admin', 'get', '/healthz')).toBe('yes');
      // Not everybody may be acted as, so it is not everything.
      expect(await answer('admin', '*', '*')).toBe('no');
      expect((await as('viewer', 'auth', 'can-i', 'get', 'pods', '-q')).code).toBe(0);
      expect((await as('viewer', 'auth', 'can-i', 'delete', 'pods', '-q')).code).toBe(1);
    });

    it('SEC-B20 is told the list of what it may', async () => {
      const viewer = await as('viewer', 'auth', 'can-i', '--list');
      expect(viewer.code).toBe(0);
      expect(viewer.stdout).toMatch(/^pods\s.*\[get list watch\]/m);
      expect(viewer.stdout).not.toMatch(/^secrets\s|pods\/exec/m);
      expect(viewer.stderr).not.toContain('may be incomplete');
      const developer = await as('developer', 'auth', 'can-i', '--list');
      expect(developer.stdout).toMatch(/^pods\/exec\s/m);
      expect(developer.stdout).not.toMatch(/serviceaccounts\/token/);
      const admin = await as('admin', 'auth', 'can-i', '--list');
      expect(admin.stdout).toMatch(/^\*\.\*\s+\[\]\s+\[\]\s+\[\*\]/m);
      expect(admin.stderr).toContain('do not cover impersonate users');
    });

    if (!isOld)
      it('is told whom the cluster sees', async () => {
        const { stdout, stderr } = await as('viewer', 'auth', 'whoami', '-o', 'json');
        // Clusters before 1.26 do not know this review, and say so as they do without a proxy.
        expect(stdout + stderr).toMatch(/"username": "viewer@demo\.test"|selfsubjectreviews API is not enabled/);
      });

    it('SEC-A03 acts as somebody whom a rule names, and as nobody else', async () => {
      const like = ['--as', 'viewer@demo.test', '--as-group', 'viewers'];
      expect(await as('admin', 'get', 'pods', ...like)).toMatchObject({ code: 0 });
      expect(await refusal('admin', 'create', 'configmap', 'x', ...like)).toMatch(/forbidden|may not/i);
      expect(await refusal('admin', 'get', 'pods', '--as', 'auditor@demo.test')).toContain('IMPERSONATION_REFUSED');
      expect(await refusal('admin', 'get', 'pods', ...like, '--as-group', 'system:masters')).toContain('IMPERSONATION');
      expect(await refusal('developer', 'get', 'pods', ...like)).toContain('IMPERSONATION_REFUSED');
      expect((await as('admin', 'auth', 'can-i', 'delete', 'pods', ...like)).stdout.trim()).toMatch(/^no/);
      expect((await as('admin', 'auth', 'can-i', 'get', 'pods', ...like)).stdout.trim()).toBe('yes');
    });
  });
}
