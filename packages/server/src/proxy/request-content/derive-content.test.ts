import { compilePolicy, evaluate } from '@sallyport/authz';
import { aBinding, anAccessQuery, aRole } from '@sallyport/authz/testing';
import { parseRequestAttributes } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { deriveContent } from './derive-content.ts';
import { INSPECTION_LIMITS } from './limits.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments';
const PODS = '/api/v1/namespaces/shop/pods';
const SECRETS = '/api/v1/namespaces/shop/secrets';
const WIDGETS = '/apis/example.com/v1/namespaces/shop/widgets';

interface Given {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly body: unknown;
}

function derive({ method = 'POST', path = PODS, type = 'application/json', headers = [], body }: Given) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const request = {
    method,
    headers: ['Content-Type', type, ...headers],
    attributes: parseRequestAttributes(method, path),
  };
  return deriveContent(request, bytes, INSPECTION_LIMITS);
}

function needs(given: Given): readonly string[] {
  const content = derive(given);
  if ('code' in content) return [content.code];
  return content.privileges.map(({ privilege, at }) => `${privilege} ${at}`);
}

const pod = (spec: unknown, metadata = {}) => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
const container = (fields: unknown) => ({ containers: [{ name: 'c', image: 'i', ...(fields as object) }] });
const secured = (securityContext: unknown) => container({ securityContext });
const merge = (body: unknown, path = `${DEPLOYMENTS}/web`) => ({
  method: 'PATCH',
  path,
  type: 'application/strategic-merge-patch+json',
  body,
});
const jsonPatch = (...body: unknown[]) => ({
  method: 'PATCH',
  path: `${DEPLOYMENTS}/web`,
  type: 'application/json-patch+json',
  body,
});
const C = 'spec.containers[0].securityContext';

describe('what a body needs', () => {
  it.each<[string, unknown, string]>([
    ['a privileged container', secured({ privileged: true }), `${C}.privileged`],
    ['the network of the host', { hostNetwork: true }, 'spec.hostNetwork'],
    ['the processes of the host', { hostPID: true }, 'spec.hostPID'],
    ['the memory of the host', { hostIPC: true }, 'spec.hostIPC'],
    ['a path of the host', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, 'spec.volumes[0].hostPath'],
    ['a port of the host', container({ ports: [{ hostPort: 80 }] }), 'spec.containers[0].ports[0].hostPort'],
    ['a capability', secured({ capabilities: { add: ['CHOWN', 'SYS_ADMIN'] } }), `${C}.capabilities.add[1]`],
    ['all capabilities', secured({ capabilities: { add: ['ALL'] } }), `${C}.capabilities.add[0]`],
    ['an unmasked /proc', secured({ procMount: 'Unmasked' }), `${C}.procMount`],
    ['no seccomp', secured({ seccompProfile: { type: 'Unconfined' } }), `${C}.seccompProfile.type`],
    ['no AppArmor', secured({ appArmorProfile: { type: 'Unconfined' } }), `${C}.appArmorProfile.type`],
    ['an SELinux type', secured({ seLinuxOptions: { type: 'spc_t' } }), `${C}.seLinuxOptions.type`],
    ['an SELinux user', secured({ seLinuxOptions: { user: 'system_u' } }), `${C}.seLinuxOptions.user`],
    [
      'a process of a Windows host',
      secured({ windowsOptions: { hostProcess: true } }),
      `${C}.windowsOptions.hostProcess`,
    ],
    [
      'a sysctl',
      { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced' }, { name: 'kernel.msgmax', value: '1' }] } },
      'spec.securityContext.sysctls[1].name',
    ],
    [
      'an init container',
      { initContainers: [{ securityContext: { privileged: true } }] },
      'spec.initContainers[0].securityContext.privileged',
    ],
    [
      'an ephemeral container',
      { ephemeralContainers: [{ securityContext: { privileged: true } }] },
      'spec.ephemeralContainers[0].securityContext.privileged',
    ],
  ])('SEC-B08 is the privilege for %s, and where it is said', (_, spec, at) => {
    expect(needs({ body: pod(spec) })).toEqual([`privilegedPods ${at}`]);
    const template = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec } } };
    expect(needs({ path: DEPLOYMENTS, body: template })).toEqual([`privilegedPods spec.template.${at}`]);
    const list = { apiVersion: 'v1', kind: 'List', items: [{}, pod(spec)] };
    expect(needs({ path: WIDGETS, body: list })).toEqual([`privilegedPods items[1].${at}`]);
    expect(needs(merge({ spec: { template: { spec } } }))).toEqual([`privilegedPods spec.template.${at}`]);
  });

  it.each([
    ['container.apparmor.security.beta.kubernetes.io/c', 'unconfined'],
    ['seccomp.security.alpha.kubernetes.io/pod', 'unconfined'],
    ['container.seccomp.security.alpha.kubernetes.io/c', 'unconfined'],
  ])('SEC-B08 reads the annotation %s', (name, value) => {
    const metadata = { annotations: { [name]: value } };
    expect(needs({ body: pod({}, metadata) })).toEqual([`privilegedPods metadata.annotations.${name}`]);
    expect(needs({ body: pod({}, { annotations: { [name]: 'runtime/default' } }) })).toEqual([]);
  });

  it('SEC-B08 is nothing for what every container may', () => {
    const plain = {
      hostNetwork: false,
      hostPID: null,
      nodeName: 'node-1',
      volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      securityContext: { seccompProfile: { type: 'RuntimeDefault' }, sysctls: [{ name: 'net.ipv4.tcp_syncookies' }] },
      containers: [
        {
          ports: [{ containerPort: 80, hostPort: 0 }],
          securityContext: {
            privileged: false,
            allowPrivilegeEscalation: true,
            capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
            procMount: 'Default',
            seccompProfile: { type: 'Localhost', localhostProfile: 'x' },
            seLinuxOptions: { type: 'container_t', level: 's0' },
          },
        },
      ],
    };
    expect(needs({ body: pod(plain) })).toEqual([]);
    expect(
      needs({ path: '/api/v1/namespaces/shop/configmaps', body: { data: { pod: '{"privileged":true}' } } }),
    ).toEqual([]);
    const schema = { spec: { versions: [{ schema: { properties: { hostPath: { type: 'object' } } } }] } };
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect(needs({ path: crds, body: schema })).toEqual([]);
  });

  it('SEC-B08 counts a name in any case, and what is not plainly off', () => {
    expect(needs({ body: pod({ HOSTNETWORK: true }) })).toEqual(['privilegedPods spec.HOSTNETWORK']);
    expect(needs({ body: pod({ hoſtNetwork: true }) })).toEqual(['privilegedPods spec.hoſtNetwork']);
    expect(needs({ body: pod({ hostNetwork: false, hostnetwork: true }) })).toHaveLength(1);
    for (const value of [1, 'true', 'yes', {}, [true]]) {
      expect(needs({ body: pod({ hostPID: value }) }), JSON.stringify(value)).toHaveLength(1);
    }
    expect(needs({ body: pod(secured({ capabilities: 'SYS_ADMIN' })) })).toHaveLength(1);
    expect(needs({ body: '{"spec":{"hostPID":true,"hostPID":false}}' })).toEqual(['ERR_PROXY_BODY_UNREADABLE']);
  });

  it('SEC-B08 reads YAML, as server-side apply sends it', () => {
    const apply = { method: 'PATCH', path: `${PODS}/x`, type: 'application/apply-patch+yaml' };
    expect(needs({ ...apply, body: 'spec:\n  hostNetwork: yes\n' })).toEqual(['privilegedPods spec.hostNetwork']);
    expect(needs({ ...apply, body: 'spec: {hostNetwork: true}' })).toEqual(['privilegedPods spec.hostNetwork']);
    expect(needs({ type: 'application/yaml', body: 'spec:\n  hostNetwork: on\n' })).toHaveLength(1);
    expect(needs({ ...apply, body: '{"spec":{"hostPID":true},"spec":{}}' })).toEqual(['ERR_PROXY_BODY_UNREADABLE']);
  });

  it('SEC-B08 reads a JSON patch by what it brings about', () => {
    const at = '/spec/template/spec/containers/0/securityContext';
    const value = { privileged: true };
    expect(needs(jsonPatch({ op: 'add', path: at, value }))).toEqual([
      'privilegedPods spec.template.spec.containers[0].securityContext.privileged',
    ]);
    expect(needs(jsonPatch({ op: 'replace', path: `${at}/privileged`, value: true }))).toHaveLength(1);
    expect(needs(jsonPatch({ op: 'add', path: `${at}/capabilities/add/-`, value: 'SYS_ADMIN' }))).toEqual([
      'privilegedPods spec.template.spec.containers[0].securityContext.capabilities.add[-]',
    ]);
    expect(needs(jsonPatch({ op: 'add', path: '', value: { spec: { hostPID: true } } }))).toHaveLength(1);
    const annotation = '/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1c';
    expect(needs(jsonPatch({ op: 'add', path: annotation, value: 'unconfined' }))).toHaveLength(1);
    expect(needs(jsonPatch({ op: 'copy', from: '/spec/paused', path: `${at}/privileged` }))).toHaveLength(1);
    expect(needs(jsonPatch({ op: 'move', from: `${at}/privileged`, path: '/spec/x' }))).toHaveLength(1);
    expect(needs(jsonPatch({ op: 'remove', path: `${at}/privileged` }, { op: 'test', path: '/x', value }))).toEqual([]);
    expect(needs(jsonPatch({ op: 'ADD', path: `${at}/privileged`, value: true }))).toEqual([
      'ERR_PROXY_BODY_UNREADABLE',
    ]);
    expect(needs({ ...jsonPatch(), body: { op: 'add' } })).toEqual(['ERR_PROXY_BODY_UNREADABLE']);
  });

  it('SEC-B08 counts volumes on a path of a node', () => {
    const path = '/api/v1/persistentvolumes';
    expect(needs({ path, body: { spec: { hostPath: { path: '/' } } } })).toEqual(['privilegedPods spec.hostPath']);
    expect(needs({ path, body: { spec: { local: { path: '/' } } } })).toEqual(['privilegedPods spec.local']);
    expect(needs({ path: WIDGETS, body: { spec: { local: { path: '/' } } } })).toEqual([]);
  });

  it('SEC-B08 is asked about a volume, and a wildcard does not allow one on a path of a node', () => {
    const path = '/api/v1/persistentvolumes';
    const roles = [aRole({ rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] })];
    const policy = compilePolicy({ roles, bindings: [aBinding()] }, 1);
    const query = anAccessQuery({ attributes: parseRequestAttributes('POST', path) });
    expect(evaluate(policy, query)).toMatchObject({ effect: 'allow', obligations: [{ kind: 'inspect' }] });
    const effectOf = (spec: unknown) => {
      const content = derive({ path, body: { apiVersion: 'v1', kind: 'PersistentVolume', spec } });
      return 'code' in content ? content.code : evaluate(policy, { ...query, content }).effect;
    };
    expect(effectOf({ hostPath: { path: '/' } })).toBe('deny');
    expect(effectOf({ local: { path: '/' } })).toBe('deny');
    expect(effectOf({ csi: { driver: 'd', volumeHandle: 'h' } })).toBe('allow');
  });

  it('SEC-B11 is a privilege to write a Secret that becomes a token, also by patch and in templates', () => {
    const type = 'kubernetes.io/service-account-token';
    const needed = (at: string) => [`serviceAccountTokens ${at}`];
    expect(needs({ path: SECRETS, body: { type } })).toEqual(needed('type'));
    expect(needs({ ...merge({ type }), path: `${SECRETS}/x` })).toEqual(needed('type'));
    expect(needs({ ...jsonPatch({ op: 'replace', path: '/type', value: type }), path: `${SECRETS}/x` })).toEqual(
      needed('type'),
    );
    const copy = { op: 'copy', from: '/metadata/labels/x', path: '/type' };
    expect(needs({ ...jsonPatch(copy), path: `${SECRETS}/x` })).toEqual(needed('type'));
    expect(needs({ path: WIDGETS, body: { template: { type } } })).toEqual(needed('template.type'));
    expect(needs({ path: SECRETS, body: { type: 'Opaque' } })).toEqual([]);
  });

  it('names every privilege, however many places need another', () => {
    const items = Array.from({ length: 20 }, () => ({ hostPID: true }));
    const body = { items: [...items, { type: 'kubernetes.io/service-account-token' }] };
    expect(needs({ path: WIDGETS, body })).toEqual([
      'privilegedPods items[0].hostPID',
      'privilegedPods items[1].hostPID',
      'privilegedPods items[2].hostPID',
      'serviceAccountTokens items[20].type',
    ]);
  });
});

describe('what else a body says', () => {
  const put = (body: unknown, path = `${PODS}/x`) => derive({ method: 'PUT', path, body });

  it('SEC-B17 may create by a PUT without a version and by an apply, never by another patch', () => {
    const apply = { method: 'PATCH', path: `${PODS}/x`, type: 'application/apply-patch+yaml', body: {} };
    expect(derive({ body: {} })).toMatchObject({ mayCreate: true });
    expect(put({ metadata: {} })).toMatchObject({ mayCreate: true });
    expect(put({ metadata: { resourceVersion: '0' } })).toMatchObject({ mayCreate: true });
    expect(put({ metadata: { resourceVersion: '17' } })).toMatchObject({ mayCreate: false });
    expect(derive(apply)).toMatchObject({ mayCreate: true });
    expect(derive({ ...apply, path: `${PODS}/x/status` })).toMatchObject({ mayCreate: false });
    expect(derive(merge({}))).toMatchObject({ mayCreate: false });
    expect(derive(jsonPatch())).toMatchObject({ mayCreate: false });
  });

  it.each<[string, Given, string]>([
    ['another namespace', { body: { metadata: { namespace: 'bank' } } }, 'the namespace in the body is "bank"'],
    [
      'a namespace where the URL has none',
      { path: '/api/v1/nodes', body: { metadata: { namespace: 'bank' } } },
      'in the URL there is none',
    ],
    [
      'another name',
      { method: 'PUT', path: `${PODS}/x`, body: { metadata: { name: 'y' } } },
      '"y", in the URL it is "x"',
    ],
    ['a second name', { method: 'PUT', path: `${PODS}/x`, body: { metadata: { name: 'x', NAME: 'y' } } }, '"y"'],
    ['a second metadata', { body: { metadata: {}, Metadata: { namespace: 'bank' } } }, '"bank"'],
    ['another kind', { body: { kind: 'Secret' } }, 'the kind in the body is "Secret"'],
    ['a list', { body: { kind: 'PodList', items: [] } }, 'the kind in the body is "PodList"'],
    ['another version', { body: { apiVersion: 'v2' } }, 'the API version in the body is "v2"'],
    ['another group', { path: DEPLOYMENTS, body: { apiVersion: 'extensions/v1beta1' } }, '"extensions/v1beta1"'],
    ['a name that is no text', { method: 'PUT', path: `${PODS}/x`, body: { metadata: { name: ['x'] } } }, 'no text'],
    ['a patch that moves', merge({ metadata: { namespace: 'bank' } }), '"bank"'],
    ['no object', { body: [] }, 'the body is no object'],
  ])('SEC-B17 says how it contradicts the URL: %s', (_, given, phrase) => {
    expect(derive(given)).toMatchObject({ contradiction: expect.stringContaining(phrase) as string });
  });

  it.each<[string, Given]>([
    [
      'the same in all',
      { path: DEPLOYMENTS, body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop' } } },
    ],
    ['a name made by the server', { body: { metadata: { generateName: 'x-' } } }],
    ['a name where the URL has none', { body: { metadata: { name: 'x' } } }],
    ['nothing', { body: {} }],
    ['a plural of its own', { path: '/apis/example.com/v1/mice', body: { kind: 'Mouse' } }],
    ['an irregular plural', { path: '/apis/networking.k8s.io/v1/networkpolicies', body: { kind: 'NetworkPolicy' } }],
    ['an Eviction', { path: `${PODS}/x/eviction`, body: { apiVersion: 'policy/v1', kind: 'Eviction' } }],
    [
      'a Scale',
      { method: 'PUT', path: `${DEPLOYMENTS}/x/scale`, body: { apiVersion: 'autoscaling/v1', kind: 'Scale' } },
    ],
    ['a Binding', { path: `${PODS}/x/binding`, body: { kind: 'Binding', metadata: { name: 'x' } } }],
    ['options of a deletion', { method: 'DELETE', path: `${PODS}/x`, body: { kind: 'DeleteOptions', hostPID: true } }],
  ])('SEC-B17 takes no contradiction in %s', (_, given) => {
    expect(derive(given)).toEqual({ privileges: [], mayCreate: expect.any(Boolean) as boolean, holdsMask: false });
  });

  it('SEC-B18 says when a Secret holds the mask in place of its data', () => {
    const holds = (body: unknown, path = SECRETS) => derive({ path, body });
    expect(holds({ data: { a: 'KioqKioqKio=' } })).toMatchObject({ holdsMask: true });
    expect(holds({ stringData: { a: '********' } })).toMatchObject({ holdsMask: true });
    expect(holds({ data: { a: 'aGk=' }, stringData: { b: '*********' } })).toMatchObject({ holdsMask: false });
    expect(holds({ data: { a: '********' } }, '/api/v1/namespaces/shop/configmaps')).toMatchObject({
      holdsMask: false,
    });
    expect(
      derive({ ...jsonPatch({ op: 'add', path: '/data/a', value: 'KioqKioqKio=' }), path: `${SECRETS}/x` }),
    ).toMatchObject({ holdsMask: true });
  });

  it('SEC-B18 says when a patch of a Secret would bring hidden data to light', () => {
    const patch = (path: string) =>
      derive({ ...jsonPatch({ op: 'copy', from: '/data/a', path: '/metadata/labels/a' }), path });
    expect(patch(`${SECRETS}/x`)).toMatchObject({ revealsHidden: true });
    expect(patch('/api/v1/namespaces/shop/configmaps/x')).not.toHaveProperty('revealsHidden');
  });

  it.each<[string, Given, string]>([
    ['CBOR', { type: 'application/cbor', body: 'x' }, 'ERR_PROXY_BODY_UNSUPPORTED'],
    [
      'a patch in CBOR',
      { method: 'PATCH', path: `${PODS}/x`, type: 'application/apply-patch+cbor', body: 'x' },
      'ERR_PROXY_BODY_UNSUPPORTED',
    ],
    ['a patch without a type', { method: 'PATCH', path: `${PODS}/x`, body: {} }, 'ERR_PROXY_BODY_UNSUPPORTED'],
    ['compressed', { headers: ['Content-Encoding', 'gzip'], body: {} }, 'ERR_PROXY_BODY_UNSUPPORTED'],
    ['of two types', { headers: ['content-type', 'application/yaml'], body: {} }, 'ERR_PROXY_BODY_UNSUPPORTED'],
    ['not UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 'ERR_PROXY_BODY_UNREADABLE'],
    ['not JSON', { body: '{' }, 'ERR_PROXY_BODY_UNREADABLE'],
    ['too long as YAML', { type: 'application/yaml', body: `a: ${'x'.repeat(600_000)}` }, 'ERR_PROXY_BODY_UNREADABLE'],
  ])('refuses a body that is %s', (_, given, code) => {
    expect(derive(given)).toMatchObject({ code });
  });
});
