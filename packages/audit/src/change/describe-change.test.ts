import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ChangeSide, describeChange } from './describe-change.ts';
import type { JsonObject } from './json.ts';
import type { ResourceName } from './kube-schema.ts';
import { CHANGE_LIMITS } from './limits.ts';
import { applyPatch } from './testing/apply-patch.ts';
import { tidyObject } from './tidy-object.ts';

const DEPLOYMENTS: ResourceName = { apiGroup: 'apps', apiVersion: 'v1', resource: 'deployments', subresource: '' };
const core = (resource: string): ResourceName => ({ apiGroup: '', apiVersion: 'v1', resource, subresource: '' });
const WIDGETS: ResourceName = { apiGroup: 'shop.test', apiVersion: 'v1', resource: 'widgets', subresource: '' };
/** Without the bounds that real objects with long texts would meet. */
const WIDE = { ...CHANGE_LIMITS, maxPatchCharacters: 1_000_000 };

/** An object as a real API server answered it; see testdata/README.md. */
function real(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(`../../testdata/objects/${name}.json`, import.meta.url), 'utf8'));
}

function change(resource: ResourceName, before: ChangeSide, after: ChangeSide) {
  return describeChange({ resource, before, after });
}

describe('what a write changed', () => {
  it('speaks of the containers, ports and volumes that changed, and of nothing that the API server manages', () => {
    const { patch, undo } = change(DEPLOYMENTS, real('deployment-before'), real('deployment-after'));
    const pod = '/spec/template/spec';
    expect(patch).toEqual([
      { op: 'replace', path: '/spec/replicas', value: 5 },
      {
        op: 'add',
        path: `${pod}/containers/0`,
        value: expect.objectContaining({ name: 'first', env: [{ name: 'API_TOKEN', value: '[masked]' }] }),
      },
      { op: 'replace', path: `${pod}/containers/1/env/0/value`, value: 'test' },
      { op: 'replace', path: `${pod}/containers/1/image`, value: 'busybox:2' },
      { op: 'remove', path: `${pod}/volumes/1` },
    ]);
    expect(undo).toEqual([
      { op: 'replace', path: '/spec/replicas', value: 2 },
      { op: 'remove', path: `${pod}/containers/0` },
      { op: 'replace', path: `${pod}/containers/0/env/0/value`, value: 'prod' },
      { op: 'replace', path: `${pod}/containers/0/image`, value: 'busybox:1' },
      { op: 'add', path: `${pod}/volumes/1`, value: { name: 'cache', emptyDir: {} } },
    ]);
  });

  it('tells that a secret changed, and neither what it was nor what it is', () => {
    expect(change(core('secrets'), real('secret-before'), real('secret-after'))).toEqual({
      patch: [
        { op: 'add', path: '/data/more', value: '[masked]' },
        { op: 'replace', path: '/data/password', value: '[masked]' },
      ],
    });
  });

  it('keeps entries of a ConfigMap, but for those that are named or look like secrets', () => {
    expect(change(core('configmaps'), real('configmap-before'), real('configmap-after'))).toEqual({
      patch: [
        { op: 'replace', path: '/data/api_key', value: '[masked]' },
        { op: 'replace', path: '/data/mode', value: 'test' },
      ],
    });
  });

  it('tells ports apart by number and protocol', () => {
    const { patch } = change(core('services'), real('service-before'), real('service-after'));
    expect(patch).toEqual([
      { op: 'remove', path: '/spec/ports/0' },
      { op: 'add', path: '/spec/ports/1', value: { name: 'https', port: 443, protocol: 'TCP', targetPort: 443 } },
    ]);
  });

  it('is the whole object for what was created or deleted', () => {
    const role = real('clusterrole');
    const resource = { ...core('clusterroles'), apiGroup: 'rbac.authorization.k8s.io' };
    const whole = { op: 'add', path: '', value: tidyObject(role, false) };
    expect(change(resource, 'none', role)).toEqual({ patch: [whole], undo: [{ op: 'remove', path: '' }] });
    expect(change(resource, role, 'none')).toEqual({ patch: [{ op: 'remove', path: '' }], undo: [whole] });
  });

  it('is empty when nothing changed, and leaves the status out unless that was written', () => {
    const before = real('deployment-before');
    const after = { ...before, status: { replicas: 7 } };
    expect(change(DEPLOYMENTS, before, after)).toEqual({ patch: [], undo: [] });
    expect(change({ ...DEPLOYMENTS, subresource: 'status' }, before, after).patch).toContainEqual({
      op: 'replace',
      path: '/status/replicas',
      value: 7,
    });
  });

  it('holds paths and no values of a kind without a schema, and says so', () => {
    const before = {
      apiVersion: 'shop.test/v1',
      kind: 'Widget',
      metadata: { name: 'a' },
      spec: { pin: 1234, on: true },
    };
    const after = { ...before, metadata: { name: 'a', labels: { team: 'x' } }, spec: { pin: 5678, note: 'canary' } };
    expect(change(WIDGETS, before, after)).toEqual({
      patch: [
        { op: 'add', path: '/metadata/labels', value: { team: 'x' } },
        { op: 'remove', path: '/spec/on' },
        { op: 'replace', path: '/spec/pin', value: '[masked]' },
        { op: 'add', path: '/spec/note', value: '[masked]' },
      ],
      omitted: 'unknownKind',
    });
    const created = { op: 'add', path: '', value: { ...before, spec: '[masked]' } };
    expect(change(WIDGETS, 'none', before).patch).toEqual([created]);
  });

  it('holds no value of a field that the schema of a kind does not know', () => {
    const pod = real('pod');
    const spec = pod['spec'] as JsonObject;
    const after = { ...pod, spec: { ...spec, brandNew: { key: 'canary-field' }, containers: 'canary-shape' } };
    const told = JSON.stringify(change(core('pods'), pod, after));
    expect(told).toContain('/spec/brandNew');
    expect(told).not.toContain('canary');
  });

  it('says why it could not be told', () => {
    const pod = real('pod');
    expect(change(core('pods'), 'unknown', pod)).toEqual({ omitted: 'beforeUnknown' });
    expect(change(core('pods'), pod, 'unknown')).toEqual({ omitted: 'afterUnknown' });
    expect(change(core('pods'), pod, 'notJson')).toEqual({ omitted: 'notJson' });
    expect(change(core('pods'), 'tooLarge', pod)).toEqual({ omitted: 'tooLarge' });
  });

  it('leaves out a patch above its limit, and a way back above it', () => {
    const before = { data: { text: 'x'.repeat(CHANGE_LIMITS.maxPatchCharacters) } };
    expect(change(core('configmaps'), before, { data: {} })).toEqual({
      patch: [{ op: 'remove', path: '/data/text' }],
      omitted: 'tooLarge',
    });
    expect(change(core('configmaps'), { data: {} }, before)).toEqual({ omitted: 'tooLarge' });
  });
});

describe('bodies', () => {
  const body = (form: 'object' | 'patch' | 'jsonPatch', value: unknown, resource = core('secrets')) =>
    describeChange({ resource, before: 'unknown', after: 'unknown', body: { form, value } }).body;

  it('are kept as they were sent, with what is secret masked and copies of the object left out', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"Y2FuYXJ5"}}' };
    const secret = {
      kind: 'Secret',
      metadata: { name: 'a', annotations },
      data: { a: 'Y2FuYXJ5' },
      stringData: { b: 'c' },
    };
    expect(body('object', secret)).toEqual({
      kind: 'Secret',
      metadata: { name: 'a', annotations: {} },
      data: { a: '[masked]' },
      stringData: { b: '[masked]' },
    });
  });

  it('in the form of a JSON Patch are masked by the place that each operation writes to', () => {
    const operations = [
      { op: 'replace', path: '/data/a', value: 'canary' },
      { op: 'add', path: '/data', value: { a: 'canary' } },
      { op: 'add', path: '/metadata/labels/team', value: 'shop' },
      { op: 'add', path: '/metadata/annotations', value: { 'openshift.io/token-secret.value': 'canary' } },
      { op: 'add', path: '/metadata/annotations/openshift.io~1token-secret.value', value: 'canary' },
      { op: 'test', path: '/what/is/this', value: 'canary' },
    ];
    expect(body('jsonPatch', operations)).toEqual({
      operations: [
        { op: 'replace', path: '/data/a', value: '[masked]' },
        { op: 'add', path: '/data', value: { a: '[masked]' } },
        { op: 'add', path: '/metadata/labels/team', value: 'shop' },
        { op: 'add', path: '/metadata/annotations', value: {} },
        { op: 'test', path: '/what/is/this', value: '[masked]' },
      ],
    });
    const env = [{ op: 'replace', path: '/spec/containers/0/env/0/value', value: 'canary' }];
    expect(JSON.stringify(body('jsonPatch', env, core('pods')))).not.toContain('canary');
  });

  it('of kinds without a schema are not kept', () => {
    expect(body('object', { spec: { a: 1 } }, WIDGETS)).toBeUndefined();
  });
});

describe('properties of a change', () => {
  const kinds: readonly (readonly [ResourceName, string])[] = [
    [DEPLOYMENTS, 'deployment-before'],
    [DEPLOYMENTS, 'deployment-after'],
    [core('services'), 'service-after'],
    [core('pods'), 'pod'],
    [{ ...core('clusterroles'), apiGroup: 'rbac.authorization.k8s.io' }, 'clusterrole'],
  ];

  it('leads from the object before to the one after, and back, whatever was changed in it', () => {
    const random = createRandom(7);
    let compared = 0;
    for (let round = 0; round < 1_500; round += 1) {
      const [resource, name] = kinds[random(kinds.length)] as (typeof kinds)[number];
      const before = withoutSecrets(tidyObject(real(name), false));
      let after = before;
      for (let step = random(6); step >= 0; step -= 1) after = mutate(after, random) as JsonObject;
      const { patch, undo } = describeChange({ resource, before, after }, WIDE);
      // A shape that the schema does not know is masked.
      if (patch === undefined || undo === undefined || JSON.stringify(patch).includes('[masked]')) continue;
      compared += 1;
      expect(applyPatch(before, patch)).toEqual(tidyObject(after, false));
      expect(applyPatch(after, undo)).toEqual(before);
    }
    expect(compared).toBeGreaterThan(1_000);
  });

  it('SEC-G03 no canary in a place for secrets is ever in a change or a body', () => {
    const random = createRandom(3);
    const pod = real('pod');
    const places: readonly ((canary: string) => readonly [ResourceName, JsonObject])[] = [
      (canary) => [core('secrets'), { data: { a: canary }, type: 'kubernetes.io/dockerconfigjson' }],
      (canary) => [core('secrets'), { stringData: { a: canary } }],
      (canary) => [core('secrets'), { stringData: canary }],
      (canary) => [core('secrets'), { data: [canary], extra: canary }],
      (canary) => [core('secrets'), { metadata: { annotations: { any: canary } } }],
      (canary) => [
        core('secrets'),
        { metadata: { annotations: { [LAST_APPLIED]: JSON.stringify({ data: { a: canary } }) } } },
      ],
      (canary) => [core('pods'), { metadata: { annotations: { [LAST_APPLIED]: canary } } }],
      (canary) => [core('pods'), withContainer(pod, { env: [{ name: 'DB_PASSWORD', value: canary }] })],
      (canary) => [core('pods'), withContainer(pod, { env: [{ value: canary }] })],
      (canary) => [core('pods'), withContainer(pod, { args: ['--token', canary] })],
      (canary) => [core('pods'), withContainer(pod, { args: [`--password=${canary}`] })],
      (canary) => [core('pods'), withContainer(pod, { command: ['sh', '-c', `curl https://me:${canary}@host`] })],
      (canary) => [
        core('pods'),
        withContainer(pod, { livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: canary }] } } }),
      ],
      (canary) => [core('configmaps'), { data: { 'tls.key': canary } }],
      (canary) => [core('configmaps'), { data: { file: `-----BEGIN RSA PRIVATE KEY-----\n${canary}` } }],
      (canary) => [core('configmaps'), { binaryData: { any: canary } }],
      (canary) => [core('configmaps'), { data: { 'app.yaml': `db:\n  password: ${canary}\n` } }],
      (canary) => [
        { ...core('serviceaccounts'), subresource: 'token' },
        { status: { token: canary }, token: canary },
      ],
      (canary) => [
        { ...core('storageclasses'), apiGroup: 'storage.k8s.io' },
        { parameters: { restuserkey_token: canary } },
      ],
      (canary) => [WIDGETS, { spec: { deep: [{ value: canary }] }, data: canary }],
    ];
    for (let round = 0; round < 400; round += 1) {
      const canary = `canary${random(1e9)}`;
      const [resource, object] = (places[round % places.length] as (typeof places)[number])(canary);
      const [, other] = (places[round % places.length] as (typeof places)[number])(`canary${random(1e9)}`);
      const body = { form: 'object', value: object } as const;
      const told = [
        describeChange({ resource, before: other, after: object, body }),
        describeChange({ resource, before: 'none', after: object }),
        describeChange({ resource, before: object, after: 'none' }),
        describeChange({
          resource,
          before: {},
          after: object,
          body: { form: 'jsonPatch', value: [{ op: 'add', path: '', value: object }] },
        }),
      ];
      expect(JSON.stringify(told)).not.toContain('canary');
    }
  });

  it('is told of hostile objects too, in little time', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"metadata":{"__proto__":[]}}',
    );
    const wide = { items: Array.from({ length: 200_000 }, (_, at) => at) };
    const many = { spec: { containers: Array.from({ length: 4_000 }, (_, at) => ({ name: `c${at}` })) } };
    const reversed = { spec: { containers: [...many.spec.containers].reverse() } };
    const text = { data: { a: 'a.'.repeat(250_000), b: 'eyJ'.repeat(100_000), c: `${'x:'.repeat(100_000)}@` } };
    const cases: readonly (readonly [ResourceName, JsonObject, JsonObject])[] = [
      [core('pods'), deep, {}],
      [core('pods'), {}, hostile],
      [WIDGETS, hostile, { metadata: [] }],
      [core('pods'), wide, {}],
      [core('pods'), many, reversed],
      [core('configmaps'), {}, text],
      [core('constructor'), { spec: 1 }, { spec: 2 }],
    ];
    for (const [resource, before, after] of cases) {
      const startedMs = performance.now();
      expect(() => describeChange({ resource, before, after, body: { form: 'patch', value: after } })).not.toThrow();
      expect(() => describeChange({ resource, before: after, after: before })).not.toThrow();
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const { patch } = describeChange({ resource: WIDGETS, before: {}, after: JSON.parse('{"__proto__":"x"}') });
    expect(patch).toEqual([{ op: 'add', path: '/__proto__', value: '[masked]' }]);
  });
});

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function withContainer(pod: JsonObject, container: JsonObject): JsonObject {
  return { ...pod, spec: { containers: [{ name: 'a', ...container }] } };
}

/** A small generator of numbers that are the same in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function withoutSecrets(object: JsonObject): JsonObject {
  const text = JSON.stringify(object, (_, value) =>
    typeof value === 'string' && /canary|secret|token/i.test(value) ? 'x' : value,
  );
  return JSON.parse(text);
}

/** Changes one place: removes, replaces, doubles, moves or swaps something at a random depth. */
function mutate(value: unknown, random: (below: number) => number): unknown {
  if (Array.isArray(value)) {
    const at = random(value.length + 1);
    switch (random(5)) {
      case 0:
        return value.toSpliced(at, 1);
      case 1:
        return [...value].reverse();
      case 2:
        return value.length === 0 ? value : value.toSpliced(random(value.length), 0, value[random(value.length)]);
      default:
        return value.map((item, index) => (index === at ? mutate(item, random) : item));
    }
  }
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value);
    const name = names[random(names.length)];
    if (name === undefined) return value;
    if (random(6) === 0) return Object.fromEntries(Object.entries(value).filter(([one]) => one !== name));
    return { ...value, [name]: mutate((value as JsonObject)[name], random) };
  }
  if (typeof value === 'number') return value + 1;
  return typeof value === 'string' ? `${value}-${random(9)}` : !value;
}
