import { describe, expect, it } from 'vitest';
import {
  accessBindingName,
  type BindingObject,
  desiredBindings,
  EXPIRES_ANNOTATION,
  nextExpiry,
  survivorOf,
  userSubject,
} from './access-objects.ts';
import { planAccess } from './plan-access.ts';

const owner = { name: 'sallyport-agent', clusterId: 'clu_1', subjectOf: userSubject };
const AT = new Date('2026-01-01T00:00:00Z');
const in_ = (seconds: number) => AT.getTime() / 1_000 + seconds;

function bindings(version: number, subjects: Readonly<Record<string, number>>, namespace?: string) {
  return desiredBindings(
    {
      bindings: [
        {
          clusterRole: 'view',
          ...(namespace !== undefined && { namespace }),
          subjects: Object.entries(subjects).map(([user, seconds]) => ({ user, expiresAt: in_(seconds) })),
        },
      ],
    },
    version,
    owner,
    AT,
  );
}

const found = (objects: readonly BindingObject[]): BindingObject[] =>
  objects.map((object) => ({ ...object, metadata: { ...object.metadata, uid: 'u', resourceVersion: '1' } }));

describe('bindings of people', () => {
  it('have a fixed name for each ClusterRole, the labels of the installation, and say until when each subject is bound', () => {
    expect(bindings(7, { 'ada@example.com': 60, bob: 120, gone: 0 }, 'team-a')).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: {
          name: 'sallyport-agent-access-view',
          namespace: 'team-a',
          labels: {
            'app.kubernetes.io/name': 'sallyport-agent',
            'app.kubernetes.io/instance': 'sallyport-agent',
            'app.kubernetes.io/managed-by': 'sallyport',
            'sallyport.dev/cluster': 'clu_1',
            'sallyport.dev/access': 'kept',
          },
          annotations: {
            'sallyport.dev/expires': JSON.stringify([in_(60), in_(120)]),
            'sallyport.dev/version': '7',
          },
        },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [
          { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ada@example.com' },
          { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' },
        ],
      },
    ]);
    expect(bindings(7, { gone: 0 })).toEqual([]);
  });

  it('keep whose time is not over, and nobody when it can not be told', () => {
    const [object] = bindings(1, { ada: 10, bob: 60 });
    if (object === undefined) throw new Error('nobody is bound');
    expect(nextExpiry([object])).toBe(in_(10) * 1_000);
    expect(survivorOf(object, AT)).toBe(object);
    const later = survivorOf(object, new Date(in_(10) * 1_000));
    expect(later?.subjects?.map(({ name }) => name)).toEqual(['bob']);
    expect(later?.metadata.annotations?.[EXPIRES_ANNOTATION]).toBe(JSON.stringify([in_(60)]));
    expect(survivorOf(object, new Date(in_(60) * 1_000))).toBeUndefined();
    const stranger = { ...object, subjects: [...(object.subjects ?? []), userSubject('mallory')] };
    expect(survivorOf(stranger, AT)).toBeUndefined();
    for (const annotation of ['', 'no list', '[1]', '["a","b"]']) {
      const metadata = { ...object.metadata, annotations: { [EXPIRES_ANNOTATION]: annotation } };
      expect(survivorOf({ ...object, metadata }, AT)).toBeUndefined();
    }
  });
});

describe('the plan of what has to be done', () => {
  const plan = (desired: readonly BindingObject[], there: readonly BindingObject[], version?: number) =>
    planAccess({ desired, found: there, ownerName: owner.name, ...(version !== undefined && { version }) });

  it('is empty when all is as it should be, whatever version it was made from', () => {
    expect(plan(bindings(9, { ada: 60 }), found(bindings(3, { ada: 60 })), 9).steps).toEqual([]);
  });

  it('creates what is missing, removes what is too much, and changes what differs', () => {
    const [a] = bindings(1, { ada: 60 }, 'a');
    const [b] = bindings(1, { ada: 60 }, 'b');
    const [old] = found(bindings(1, { bob: 60 }, 'b'));
    const [over] = found(bindings(1, { ada: 60 }, 'c'));
    if (!a || !b || !old || !over) throw new Error('nobody is bound');
    expect(plan([a, b], [old, over], 1).steps).toEqual([
      { kind: 'replace', object: b, found: old },
      { kind: 'remove', found: over },
      { kind: 'create', object: a },
    ]);
  });

  const tampered: readonly (readonly [string, (object: BindingObject) => BindingObject])[] = [
    ['another subject', (object) => ({ ...object, subjects: [...(object.subjects ?? []), userSubject('mallory')] })],
    ['no subjects', ({ subjects: _, ...object }) => object],
    ['a group of the same name', (object) => ({ ...object, subjects: [{ kind: 'Group', name: 'ada' }] })],
    [
      'a longer life',
      (object) => ({
        ...object,
        metadata: {
          ...object.metadata,
          annotations: { ...object.metadata.annotations, [EXPIRES_ANNOTATION]: `[${in_(9_999)}]` },
        },
      }),
    ],
    [
      'another cluster',
      (object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'sallyport.dev/cluster': 'clu_2' } },
      }),
    ],
  ];
  for (const [what, tamper] of tampered) {
    it(`changes back ${what}`, () => {
      const desired = bindings(1, { ada: 60 });
      const there = found(desired).map(tamper);
      expect(plan(desired, there, 1).steps).toEqual([{ kind: 'replace', object: desired[0], found: there[0] }]);
    });
  }

  it('puts a binding anew that refers to another role, because that can not be changed', () => {
    const desired = bindings(1, { ada: 60 });
    const there = found(desired).map((object) => ({
      ...object,
      roleRef: { ...object.roleRef, name: 'cluster-admin' },
    }));
    expect(plan(desired, there, 1).steps.map(({ kind }) => kind)).toEqual(['remove', 'create']);
  });

  it('never touches what has not the labels, and says so', () => {
    const desired = bindings(1, { ada: 60 });
    const there = found(bindings(1, { bob: 60 })).map((object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { 'app.kubernetes.io/instance': 'other' } },
    }));
    expect(plan(desired, there, 1)).toEqual({ steps: [], foreign: there, newer: [] });
    expect(plan([], there)).toEqual({ steps: [], foreign: there, newer: [] });
  });

  it('leaves to another replica what that made from something newer', () => {
    const there = found(bindings(5, { bob: 60 }));
    const desired = bindings(4, { ada: 60 });
    expect(plan(desired, there, 4)).toEqual({ steps: [], foreign: [], newer: there });
    expect(plan([], there, 4)).toEqual({ steps: [], foreign: [], newer: there });
    expect(plan(desired, there, 5).steps).toHaveLength(1);
    expect(plan(desired, there).steps).toHaveLength(1);
  });

  it('names of bindings are one for each ClusterRole', () => {
    expect(accessBindingName('agent', 'edit')).toBe('agent-access-edit');
  });
});
