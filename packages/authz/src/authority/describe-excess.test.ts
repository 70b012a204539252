import type { Cluster, OrganizationId, Principal, ProjectId } from '@sallyport/core';
import { LOCAL_ISSUER } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile-policy.ts';
import type { Binding, Role, Rule } from '../policy.ts';
import { aBinding, aCluster, aPrincipal, aRole } from '../testing/fixtures.ts';
import { describeExcess } from './describe-excess.ts';
import type { AuthorityRecords, Gift } from './gift.ts';

const PAYMENTS = 'prj_payments' as ProjectId;
const SEARCH = 'prj_search' as ProjectId;
const OTHER = 'org_other' as OrganizationId;

const cluster = aCluster({ projectId: PAYMENTS, labels: { env: 'prod' } });
const shared = aCluster({
  id: 'clu_shared' as never,
  name: 'shared',
  projectId: SEARCH,
  sharedWithProjectIds: [PAYMENTS],
});
const ann = aPrincipal();
const ben = aPrincipal({ id: 'prn_ben' as never, subjectClaim: 'ben', userName: 'ben@example.com', groups: ['ops'] });

const READ: Rule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'secrets'] };
let made = 0;
const role = (overrides: Partial<Role>) => aRole({ id: `rol_${made++}` as never, name: `role-${made}`, ...overrides });
const editor = role({
  name: 'editor',
  ceilingGroups: ['sallyport:edit'],
  permissions: ['bindings.create', 'clusters.read'],
});
const root = role({
  name: 'root',
  ceilingGroups: ['sallyport:cluster-admin'],
  permissions: ['users.read', 'secrets.read'],
});

function records(
  held: readonly Partial<Binding>[],
  roles: readonly Role[],
  extra: readonly Binding[] = [],
): AuthorityRecords {
  const bindings = held.map((overrides) => aBinding({ id: `bnd_${made++}` as never, ...overrides }));
  const principals: readonly Principal[] = [ann, ben];
  const clusters: readonly Cluster[] = [cluster, shared];
  return {
    policy: compilePolicy({ roles, bindings: [...bindings, ...extra] }, 1),
    clusters: new Map(clusters.map((one) => [one.id, one])),
    principals: new Map(principals.map((one) => [one.id, one])),
    projects: new Map([[PAYMENTS, { name: 'payments' }]]),
  };
}

const bind = (of: Role, scope: Binding['scope']): Gift => ({ kind: 'binding', role: of, scope });
const organization = { kind: 'organization' } as const;
const inPayments = { kind: 'projects', projectIds: [PAYMENTS] } as const;
const onCluster = { kind: 'clusters', clusterIds: [cluster.id] } as const;
const narrowed = (...names: string[]) => ({ ...inPayments, namespaces: { kind: 'names', names } }) as const;

describe('SEC-E06 nobody hands out more than they hold', () => {
  const cases: readonly { name: string; held: readonly Partial<Binding>[]; gift: Gift; want: readonly string[] }[] = [
    {
      name: 'what is held, where it is held',
      held: [{ roleId: editor.id }],
      gift: bind(editor, organization),
      want: [],
    },
    {
      name: 'in a part of where it is held',
      held: [{ roleId: editor.id }],
      gift: bind(editor, narrowed('shop')),
      want: [],
    },
    {
      name: 'in more than where it is held',
      held: [{ roleId: editor.id, scope: inPayments }],
      gift: bind(editor, organization),
      want: [
        'permission bindings.create in the whole organization',
        'permission clusters.read in the whole organization',
        'everything that sallyport:edit may do in the whole organization',
      ],
    },
    {
      name: 'on a cluster of a project that is held',
      held: [{ roleId: editor.id, scope: inPayments }],
      gift: bind(editor, onCluster),
      want: [],
    },
    {
      name: 'in a project whose every present cluster is held',
      held: [{ roleId: editor.id, scope: onCluster }],
      gift: bind(role({ name: 'pods', ceilingGroups: ['sallyport:edit'], rules: [READ] }), inPayments),
      want: ['get, list pods, secrets as sallyport:edit on project payments'],
    },
    {
      name: 'on a cluster that is shared: its use, not its administration',
      held: [{ roleId: editor.id, scope: inPayments }],
      gift: bind(editor, { kind: 'clusters', clusterIds: [shared.id] }),
      want: ['permission bindings.create on cluster shared'],
    },
    {
      name: 'on a cluster that is unknown',
      held: [{ roleId: editor.id, scope: inPayments }],
      gift: bind(role({ permissions: ['clusters.read'], ceilingGroups: [] }), {
        kind: 'clusters',
        clusterIds: ['clu_x' as never],
      }),
      want: ['permission clusters.read on cluster clu_x'],
    },
    {
      name: 'by labels that nobody knows the clusters of',
      held: [{ roleId: editor.id, scope: inPayments }],
      gift: bind(editor, { kind: 'clusterSelector', selector: { matchLabels: { env: 'prod' } } }),
      want: [
        'permission bindings.create on whatever clusters have the labels',
        'permission clusters.read on whatever clusters have the labels',
        'everything that sallyport:edit may do on whatever clusters have the labels',
      ],
    },
    {
      name: 'by the same labels, written in another order',
      held: [
        {
          roleId: editor.id,
          scope: { kind: 'clusterSelector', selector: { matchLabels: { a: '1', b: '2' } } },
        },
      ],
      gift: bind(editor, { kind: 'clusterSelector', selector: { matchLabels: { b: '2', a: '1' } } }),
      want: [],
    },
    {
      name: 'a higher ceiling',
      held: [{ roleId: editor.id }],
      gift: bind(role({ ceilingGroups: ['sallyport:admin'], rules: [READ] }), organization),
      want: ['get, list pods, secrets as sallyport:admin in the whole organization'],
    },
    {
      name: 'a lower ceiling of the ladder',
      held: [{ roleId: editor.id }],
      gift: bind(role({ ceilingGroups: ['sallyport:view'] }), organization),
      want: [],
    },
    {
      name: 'a group of somebody else’s',
      held: [{ roleId: editor.id }],
      gift: bind(role({ ceilingGroups: ['sallyport:dba'] }), organization),
      want: ['everything that sallyport:dba may do in the whole organization'],
    },
    {
      name: 'any group, from the top of the ladder',
      held: [{ roleId: root.id }],
      gift: bind(role({ ceilingGroups: ['sallyport:dba'] }), organization),
      want: [],
    },
    {
      name: 'other namespaces',
      held: [{ roleId: editor.id, scope: narrowed('shop') }],
      gift: bind(role({ ceilingGroups: ['sallyport:edit'], rules: [READ] }), narrowed('shop', 'bank')),
      want: ['get, list pods, secrets in bank as sallyport:edit on project payments'],
    },
    {
      name: 'whole clusters for some namespaces',
      held: [{ roleId: editor.id, scope: narrowed('shop') }],
      gift: bind(role({ permissions: ['clusters.read'], ceilingGroups: ['sallyport:view'] }), inPayments),
      want: [
        'permission clusters.read on project payments',
        'everything that sallyport:view may do on project payments',
      ],
    },
    {
      name: 'what a narrowed binding does not give, because it only counts on a whole',
      held: [{ roleId: editor.id, scope: narrowed('shop') }],
      gift: bind(editor, narrowed('shop')),
      want: [],
    },
    {
      name: 'the installation, from an organization',
      held: [{ roleId: root.id }],
      gift: bind(role({ permissions: ['users.read'], ceilingGroups: ['sallyport:cluster-admin'] }), {
        kind: 'installation',
      }),
      want: ['permission users.read on the installation'],
    },
    {
      name: 'an organization, from the installation',
      held: [{ roleId: root.id, scope: { kind: 'installation' } }],
      gift: bind(role({ permissions: ['users.read'], ceilingGroups: [] }), organization),
      want: ['permission users.read in the whole organization'],
    },
    {
      name: 'a role that is broken',
      held: [{ roleId: root.id }],
      gift: bind(role({ name: 'odd', rules: [{ verbs: [] }] }), organization),
      want: ['role odd is broken: rules[0].verbs is empty, which would cover nothing'],
    },
    {
      name: 'SEC-H03 a scope that is malformed',
      held: [{ roleId: root.id }],
      gift: bind(root, { kind: 'everything' } as never),
      want: ['the scope is of an unknown kind'],
    },
    {
      name: 'SEC-E10 anything of another organization',
      held: [{ roleId: root.id }],
      gift: bind(role({ organizationId: OTHER, permissions: [], ceilingGroups: [] }), organization),
      want: ['anything in another organization'],
    },
  ];
  for (const { name, held, gift, want } of cases) {
    it(name, () => expect(describeExcess(records(held, [editor, root]), ann, gift)).toEqual(want));
  }

  it('adds up what several bindings give', () => {
    const get = role({ ceilingGroups: ['sallyport:edit'], rules: [{ ...READ, verbs: ['get'] }] });
    const list = role({ ceilingGroups: ['sallyport:edit'], rules: [{ ...READ, verbs: ['list'] }] });
    const both = bind(role({ ceilingGroups: ['sallyport:edit'], rules: [READ] }), organization);
    expect(describeExcess(records([{ roleId: get.id }, { roleId: list.id }], [get, list]), ann, both)).toEqual([]);
    expect(describeExcess(records([{ roleId: get.id }], [get, list]), ann, both)).toEqual([
      'list pods, secrets as sallyport:edit in the whole organization',
    ]);
  });

  it('does not add up what only counts within one role', () => {
    const patch = role({ rules: [{ verbs: ['patch'], apiGroups: [''], resources: ['pods/ephemeralcontainers'] }] });
    const exec = role({ rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }] });
    const debug = role({ rules: [...(patch.rules ?? []), ...(exec.rules ?? [])] });
    const held = [{ roleId: patch.id }, { roleId: exec.id }];
    expect(describeExcess(records(held, [patch, exec]), ann, bind(debug, organization))).toEqual([
      'patch pods/ephemeralcontainers as sallyport:view in the whole organization',
    ]);

    const secrets = role({ rules: [READ] });
    const revealing = role({ permissions: ['secrets.read'], ceilingGroups: [] });
    const reader = role({ rules: [READ], permissions: ['secrets.read'] });
    const apart = records([{ roleId: secrets.id }, { roleId: revealing.id }], [secrets, revealing]);
    expect(describeExcess(apart, ann, bind(reader, organization))).toEqual([
      'get, list secrets as sallyport:view in the whole organization',
    ]);
  });

  it('refuses rules of too many combinations to compare, but not to somebody who holds everything', () => {
    const words = (prefix: string) => Array.from({ length: 60 }, (_, i) => `${prefix}${i}`);
    const huge = role({ rules: [{ verbs: words('v'), apiGroups: words('g'), resources: words('r') }] });
    const limited = role({ rules: [READ] });
    expect(describeExcess(records([{ roleId: limited.id }], [limited]), ann, bind(huge, organization))).toEqual([
      'rules of 216000 combinations, of which at most 10000 are compared, as sallyport:view in the whole organization',
    ]);
    expect(describeExcess(records([{ roleId: root.id }], [root]), ann, bind(huge, organization))).toEqual([]);
  });

  it('gives nothing away for a disabled person', () => {
    const disabled = { ...ann, isDisabled: true };
    const gift = bind(role({ permissions: ['clusters.read'], ceilingGroups: [] }), organization);
    expect(describeExcess(records([{ roleId: editor.id }], [editor]), disabled, gift)).toHaveLength(1);
  });

  it('gives nothing inside clusters away for an API key that can not get into them', () => {
    const inside = bind(role({ ceilingGroups: ['sallyport:view'] }), organization);
    const held = records([{ roleId: root.id }], [root]);
    expect(describeExcess(held, { ...ann, permissionLimit: ['bindings.create'] }, inside)).toEqual([
      'everything that sallyport:view may do in the whole organization',
    ]);
    expect(describeExcess(held, { ...ann, permissionLimit: ['credentials.create'] }, inside)).toEqual([]);
  });

  describe('by the content of a role', () => {
    const grown: Role = { ...editor, permissions: [...editor.permissions, 'users.read'] };

    it('that is bound: wherever it is', () => {
      const others = aBinding({ id: 'bnd_of_others' as never, roleId: editor.id, subjects: [], scope: inPayments });
      const held = records([{ roleId: root.id, scope: onCluster }], [editor, root], [others]);
      expect(describeExcess(held, ann, { kind: 'role', role: grown })).toEqual([
        'permission bindings.create on project payments',
        'permission clusters.read on project payments',
        'permission users.read on project payments',
        'everything that sallyport:edit may do on project payments',
      ]);
    });

    it('that is bound nowhere: in the whole organization', () => {
      const fresh = role({ permissions: ['users.read'], ceilingGroups: [] });
      expect(
        describeExcess(records([{ roleId: root.id, scope: inPayments }], [root]), ann, { kind: 'role', role: fresh }),
      ).toEqual(['permission users.read in the whole organization']);
      expect(describeExcess(records([{ roleId: root.id }], [root]), ann, { kind: 'role', role: fresh })).toEqual([]);
    });

    it('that is of the installation, when that is held there', () => {
      const fresh = role({ permissions: ['keys.rotate'], ceilingGroups: [] });
      const held = records([{ roleId: fresh.id, scope: { kind: 'installation' } }], [fresh]);
      const unbound = role({ permissions: ['keys.rotate'], ceilingGroups: [] });
      expect(describeExcess(held, ann, { kind: 'role', role: unbound })).toEqual([]);
    });
  });

  it('by a group: all that is bound to it', () => {
    const group = { kind: 'group', issuer: LOCAL_ISSUER, name: 'ops' } as const;
    const bound = aBinding({ id: 'bnd_ops' as never, roleId: root.id, subjects: [group] });
    const held = records([{ roleId: editor.id }], [editor, root], [bound]);
    const gift = { kind: 'membership', organizationId: ann.organizationId, issuer: LOCAL_ISSUER, name: 'ops' } as const;
    expect(describeExcess(held, ann, gift)).toEqual([
      'permission users.read in the whole organization',
      'permission secrets.read in the whole organization',
      'everything that sallyport:cluster-admin may do in the whole organization',
    ]);
    expect(describeExcess(held, ann, { ...gift, name: 'nobody' })).toEqual([]);
    // A group of the same name at the provider is another one.
    expect(describeExcess(held, ann, { ...gift, issuer: ann.issuer })).toEqual([]);
  });

  it('by acting as somebody: all that they have, groups included, disabled or not', () => {
    const group = { kind: 'group', issuer: ben.issuer, name: 'ops' } as const;
    const bound = aBinding({ id: 'bnd_ben' as never, roleId: root.id, subjects: [group], scope: onCluster });
    const held = records([{ roleId: editor.id }], [editor, root], [bound]);
    for (const principal of [ben, { ...ben, isDisabled: true }]) {
      expect(describeExcess(held, ann, { kind: 'identity', principal })).toEqual([
        'permission users.read on cluster production',
        'permission secrets.read on cluster production',
        'everything that sallyport:cluster-admin may do on cluster production',
      ]);
    }
    expect(describeExcess(held, ben, { kind: 'identity', principal: ben })).toEqual([]);
  });

  it('by an identity provider: all that its people and its groups have', () => {
    const gift = { kind: 'identityProvider', organizationId: ann.organizationId, issuer: ben.issuer } as const;
    const group = { kind: 'group', issuer: ben.issuer, name: 'nobody is in it yet' } as const;
    const byGroup = aBinding({ id: 'bnd_a' as never, roleId: root.id, subjects: [group], scope: inPayments });
    const byPerson = aBinding({ id: 'bnd_b' as never, roleId: root.id, subjects: [{ kind: 'principal', id: ben.id }] });
    const lacking = (extra: readonly Binding[]) =>
      describeExcess(records([{ roleId: editor.id }], [editor, root], extra), ann, gift);
    expect(lacking([byGroup])).toContain('permission users.read on project payments');
    expect(lacking([byPerson])).toContain('permission users.read in the whole organization');
    expect(lacking([])).toEqual([]);
  });

  it('by a cluster that comes within the reach of others', () => {
    const selected = aBinding({
      id: 'bnd_selected' as never,
      roleId: root.id,
      subjects: [{ kind: 'principal', id: ben.id }],
      scope: { kind: 'clusterSelector', selector: { matchLabels: { team: 'ops' } } },
    });
    const elsewhere = aBinding({
      id: 'bnd_elsewhere' as never,
      roleId: root.id,
      subjects: [{ kind: 'principal', id: ben.id }],
      scope: { kind: 'projects', projectIds: [SEARCH] },
    });
    const held = records([{ roleId: editor.id, scope: onCluster }], [editor, root], [selected, elsewhere]);
    const change = (after: Partial<Cluster>) =>
      describeExcess(held, ann, { kind: 'cluster', before: cluster, after: { ...cluster, ...after } });
    const everything = 'everything that sallyport:cluster-admin may do on cluster production';
    const permissions = [
      'permission users.read on cluster production',
      'permission secrets.read on cluster production',
    ];
    expect(change({ labels: { team: 'ops' } })).toEqual([...permissions, everything]);
    expect(change({ projectId: SEARCH })).toEqual([...permissions, everything]);
    expect(change({ sharedWithProjectIds: [SEARCH] })).toEqual([everything]);
    expect(change({ name: 'renamed', labels: {} })).toEqual([]);
  });
});
