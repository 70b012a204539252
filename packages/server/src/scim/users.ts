import { createId, type PrincipalId } from '@sallyport/core';
import type { PrincipalRecord } from '../stores/records.ts';
import { toResource } from './answer.ts';
import { readAttributes, type ScimAttributes } from './canonical.ts';
import { assertVersion, auditChange, changing, type ScimCall, type ScimContext, type ScimHandler } from './context.ts';
import { scimError } from './errors.ts';
import { answerList, answerResource } from './list.ts';
import { metaOf, ownedRecords, whereIdentified } from './owned.ts';
import { applyPatch } from './patch.ts';
import { attributesOfPerson, readPerson, type ScimPerson } from './people.ts';
import { pendingSubject } from './provisioned.ts';
import { USER } from './schema.ts';

type Profiles = ReadonlyMap<PrincipalId, ScimAttributes>;

const users = ownedRecords('Principal');

/** Lists the people of the provider, those whom only a login made known included, so that a client can adopt them. */
export const listUsers: ScimHandler = async (context, call) => {
  const snapshot = await context.snapshots.refresh();
  const { provider } = call;
  const all = users.list(snapshot, provider);
  return answerList(
    {
      type: USER,
      all,
      where(attribute, value) {
        if (attribute !== 'username') return whereIdentified(all, attribute, value);
        const found = snapshot.find('Principal', value, provider.organizationId);
        return users.isOf(provider, found) ? [found] : [];
      },
      toResources: async (people) => {
        const profiles = await readProfiles(context, people);
        return people.map((person) => toResource(USER, attributesOf(person, profiles), metaOf(person, call)));
      },
    },
    call,
  );
};

/** Shows one person. */
export const getUser: ScimHandler = async (context, call) => {
  const person = users.find(await context.snapshots.refresh(), call);
  const profiles = await readProfiles(context, [person]);
  return answerResource(USER, attributesOf(person, profiles), metaOf(person, call), call);
};

/** Makes a person known before their first login. */
export const createUser: ScimHandler = (context, call) =>
  changing(context, call, async (snapshot) => {
    const { provider } = call;
    const person = readPerson(readAttributes(USER, call.body));
    if (snapshot.find('Principal', person.userName, provider.organizationId) !== undefined) {
      throw scimError('ERR_SCIM_UNIQUENESS', 'the user name is taken');
    }
    const id = createId('principal', context.clock.now());
    const made = await context.store.transact(async (tx) => {
      const record = await tx.put(
        'Principal',
        {
          id,
          organizationId: provider.organizationId,
          identityProviderId: provider.id,
          kind: 'user',
          issuer: provider.issuer,
          subjectClaim: pendingSubject(id),
          groups: [],
          spec: {},
          ...recordOf(person),
        },
        'absent',
      );
      await tx.scim.putProfile(id, person.profile);
      await auditChange(tx, context, call, 'scim.user.created', {
        ...named(record),
        after: JSON.stringify(attributesOfPerson(person)),
      });
      return record;
    });
    await context.snapshots.refresh();
    return answerResource(USER, attributesOfPerson(person), metaOf(made, call), call, 201);
  });

/** Replaces what is known of a person. Who is not said to be active or not stays what they are. */
export const replaceUser: ScimHandler = (context, call) =>
  changeUser(context, call, (before) => ({ active: before['active'], ...readAttributes(USER, call.body) }));

/** Changes parts of what is known of a person. */
export const patchUser: ScimHandler = (context, call) =>
  changeUser(context, call, (before) => applyPatch(USER, before, call.body));

/** Removes a person with everything that hangs on them. */
export const deleteUser: ScimHandler = (context, call) =>
  users.remove(context, call, async (tx, person) => {
    const { length: endedSessions } = await tx.endLoginSessionsOf({ principalId: person.id });
    const before = JSON.stringify(attributesOf(person, await tx.scim.profiles([person.id])));
    await tx.remove('Principal', person.id, person.resourceVersion);
    await auditChange(tx, context, call, 'scim.user.deleted', { ...named(person), before, endedSessions });
  });

function changeUser(
  context: ScimContext,
  call: ScimCall,
  change: (before: ScimAttributes) => ScimAttributes,
): ReturnType<ScimHandler> {
  return changing(context, call, async (snapshot) => {
    const known = users.find(snapshot, call);
    assertVersion(call, known.resourceVersion);
    const before = attributesOf(known, await readProfiles(context, [known]));
    const person = readPerson(change(before));
    const after = attributesOfPerson(person);
    const meta = metaOf(known, call);
    if (JSON.stringify(before) === JSON.stringify(after)) return answerResource(USER, after, meta, call);

    const isDeactivated = person.isDisabled && !known.isDisabled;
    const { settings: _settings, localGroups: _localGroups, externalId: _externalId, email: _email, ...kept } = known;
    const changed = await context.store.transact(async (tx) => {
      const record = await tx.put('Principal', { ...kept, ...recordOf(person) }, known.resourceVersion);
      await tx.scim.putProfile(known.id, person.profile);
      // Disabled people are nobody in every snapshot; without their sessions, nothing comes back when they are enabled again.
      const ended = isDeactivated ? await tx.endLoginSessionsOf({ principalId: known.id }) : [];
      const code = isDeactivated ? 'scim.user.deactivated' : 'scim.user.updated';
      await auditChange(tx, context, call, code, {
        ...named(record),
        before: JSON.stringify(before),
        after: JSON.stringify(after),
        endedSessions: ended.length,
      });
      return record;
    });
    await context.snapshots.refresh();
    return answerResource(USER, after, metaOf(changed, call), call);
  });
}

function recordOf({ userName, externalId, isDisabled, displayName, email }: ScimPerson) {
  return {
    userName,
    isDisabled,
    displayName,
    ...(externalId !== undefined && { externalId }),
    ...(email !== undefined && { email }),
  };
}

function readProfiles({ store }: ScimContext, people: readonly PrincipalRecord[]): Promise<Profiles> {
  return store.transact((tx) => tx.scim.profiles(people.map(({ id }) => id)));
}

function attributesOf(person: PrincipalRecord, profiles: Profiles): ScimAttributes {
  const profile = profiles.get(person.id);
  return attributesOfPerson({ ...person, ...(profile && { profile }) });
}

function named({ id, userName }: PrincipalRecord) {
  return { principalId: id, userName };
}
