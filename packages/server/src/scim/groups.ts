import { createId, isId, type PrincipalId } from '@sallyport/core';
import type { Snapshot } from '../snapshot.ts';
import type { GroupRecord, IdentityProviderRecord } from '../stores/records.ts';
import { readProjection, toResource, wants } from './answer.ts';
import { readAttributes, type ScimAttributes } from './canonical.ts';
import { assertVersion, auditChange, changing, type ScimCall, type ScimContext, type ScimHandler } from './context.ts';
import { scimError } from './errors.ts';
import { answerList, answerResource } from './list.ts';
import { metaOf, ownedRecords, whereIdentified } from './owned.ts';
import { applyPatch } from './patch.ts';
import { attributesOfTeam, readTeam, type ScimTeam } from './people.ts';
import { GROUP } from './schema.ts';

const groups = ownedRecords('Group');

/** Lists the groups of the provider. */
export const listGroups: ScimHandler = async (context, call) => {
  const snapshot = await context.snapshots.refresh();
  const all = groups.list(snapshot, call.provider);
  const withMembers = wants(readProjection(call.query), 'members');
  return answerList(
    {
      type: GROUP,
      all,
      where: (attribute, value) => whereIdentified(all, attribute, value),
      toResources: async (page) =>
        page.map((group) =>
          // A filter over members needs them, whether they are shown or not.
          toResource(
            GROUP,
            shownAttributes(snapshot, group, call, withMembers || hasFilter(call)),
            metaOf(group, call),
          ),
        ),
    },
    call,
  );
};

/** Shows one group. */
export const getGroup: ScimHandler = async (context, call) => {
  const snapshot = await context.snapshots.refresh();
  const group = groups.find(snapshot, call);
  const withMembers = wants(readProjection(call.query), 'members');
  return answerResource(GROUP, shownAttributes(snapshot, group, call, withMembers), metaOf(group, call), call);
};

/** Creates a group with its first members. */
export const createGroup: ScimHandler = (context, call) =>
  changing(context, call, async (snapshot) => {
    const { provider } = call;
    const team = readTeam(readAttributes(GROUP, call.body));
    assertNameFree(snapshot, provider, team.name);
    const members = membersOf(snapshot, provider, team);
    const group = await context.store.transact(async (tx) => {
      const record = await tx.put(
        'Group',
        {
          id: createId('group', context.clock.now()),
          organizationId: provider.organizationId,
          identityProviderId: provider.id,
          ...recordOf(team),
          memberIds: members,
        },
        'absent',
      );
      await auditChange(tx, context, call, 'scim.group.created', describe(snapshot, record, [], members));
      return record;
    });
    const after = await context.snapshots.refresh();
    return answerResource(GROUP, shownAttributes(after, group, call, true), metaOf(group, call), call, 201);
  });

/** Replaces a group. Members that are not named are none: absence never keeps anybody. */
export const replaceGroup: ScimHandler = (context, call) =>
  changeGroup(context, call, () => readAttributes(GROUP, call.body));

/** Changes parts of a group. */
export const patchGroup: ScimHandler = (context, call) =>
  changeGroup(context, call, (before) => applyPatch(GROUP, before, call.body));

/** Removes a group; its members lose what it gave. */
export const deleteGroup: ScimHandler = (context, call) =>
  groups.remove(context, call, async (tx, group, snapshot) => {
    await tx.remove('Group', group.id, group.resourceVersion);
    await auditChange(tx, context, call, 'scim.group.deleted', describe(snapshot, group, group.memberIds, []));
  });

function changeGroup(
  context: ScimContext,
  call: ScimCall,
  change: (before: ScimAttributes) => ScimAttributes,
): ReturnType<ScimHandler> {
  return changing(context, call, async (snapshot) => {
    const { provider } = call;
    const known = groups.find(snapshot, call);
    assertVersion(call, known.resourceVersion);
    const team = readTeam(change(attributesOfTeam(known)));
    if (team.name !== known.name) assertNameFree(snapshot, provider, team.name);
    const memberIds = membersOf(snapshot, provider, team, known);
    const { externalId: _externalId, ...kept } = known;
    const next = { ...kept, ...recordOf(team), memberIds };
    const isSame =
      next.name === known.name && next.externalId === known.externalId && sameMembers(memberIds, known.memberIds);
    const group = isSame
      ? known
      : await context.store.transact(async (tx) => {
          const record = await tx.put('Group', next, known.resourceVersion);
          await auditChange(
            tx,
            context,
            call,
            'scim.group.updated',
            describe(snapshot, record, known.memberIds, memberIds, known.name),
          );
          return record;
        });
    const after = isSame ? snapshot : await context.snapshots.refresh();
    return answerResource(GROUP, shownAttributes(after, group, call, true), metaOf(group, call), call);
  });
}

function recordOf({ name, externalId }: ScimTeam) {
  return { name, ...(externalId !== undefined && { externalId }) };
}

/**
 * The members of a group as principals of the provider, in the order of their ids. Nobody of another provider or
 * organization, and no group, becomes a member.
 */
function membersOf(
  snapshot: Snapshot,
  provider: IdentityProviderRecord,
  { memberIds }: ScimTeam,
  known?: GroupRecord,
): readonly PrincipalId[] {
  const before = new Set<string>(known?.memberIds);
  const members = memberIds.map((id): PrincipalId => {
    const person = isId('principal', id) ? snapshot.get('Principal', id) : undefined;
    if (person?.identityProviderId === provider.id && person.organizationId === provider.organizationId)
      return person.id;
    // Who has just gone is still named in the snapshot of the group; that must not stand in the way of a change.
    if (before.has(id)) return id as PrincipalId;
    throw scimError('ERR_SCIM_INVALID_VALUE', `there is no user ${JSON.stringify(id.slice(0, 64))} to be a member`);
  });
  return members.sort();
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(b);
  return a.length === known.size && a.every((id) => known.has(id));
}

function assertNameFree(snapshot: Snapshot, provider: IdentityProviderRecord, name: string): void {
  if (!groups.list(snapshot, provider).some((group) => group.name === name)) return;
  throw scimError('ERR_SCIM_UNIQUENESS', 'the group name is taken');
}

function hasFilter({ query }: ScimCall): boolean {
  return typeof query['filter'] === 'string';
}

/** The attributes of a group with what the server says about its members. */
function shownAttributes(
  snapshot: Snapshot,
  group: GroupRecord,
  { baseUrl }: ScimCall,
  withMembers: boolean,
): ScimAttributes {
  const { members: _, ...attributes } = attributesOfTeam(group);
  if (!withMembers || group.memberIds.length === 0) return attributes;
  const members = group.memberIds.map((value) => {
    const display = snapshot.get('Principal', value)?.userName;
    return { value, $ref: `${baseUrl}/Users/${value}`, type: 'User', ...(display !== undefined && { display }) };
  });
  return { ...attributes, members };
}

function describe(
  snapshot: Snapshot,
  { id, name }: GroupRecord,
  before: readonly PrincipalId[],
  after: readonly PrincipalId[],
  formerName = name,
) {
  const [was, is] = [new Set(before), new Set(after)];
  const nameOf = (member: PrincipalId) => snapshot.get('Principal', member)?.userName ?? member;
  return {
    groupId: id,
    group: name,
    ...(formerName !== name && { formerName }),
    added: after.filter((member) => !was.has(member)).map(nameOf),
    removed: before.filter((member) => !is.has(member)).map(nameOf),
  };
}
