import { ownersOf } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { KindResource, LocalLinkResource } from '@sallyport/core/api';
import { assertLocalUsersEnabled } from '../authn/local/local-principals.ts';
import { linkAddress } from '../authn/local/setup.ts';
import { isMachineName } from '../authn/machine-names.ts';
import { putBuiltInAccess } from '../built-in-access.ts';
import { ApiError } from '../errors.ts';
import { letIn } from '../let-in.ts';
import type { ParsedDocument, Viewing } from '../resources/definition.ts';
import { organization as definition } from '../resources/definitions/organization.ts';
import { describeResource } from '../resources/describe-resource.ts';
import { type ListQuery, type Page, pageOf } from '../resources/page.ts';
import { forbidden, notFound } from '../resources/permitted.ts';
import { essence } from '../resources/plan-change.ts';
import { documentProblem } from '../resources/references.ts';
import { StoreError } from '../stores/errors.ts';
import type { OrganizationRecord } from '../stores/records.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertOnInstallation } from './locate.ts';

/** Lists the own organization; all of them for whoever may see them from the installation. */
export const listOrganizations: Handler = async (context, call): Promise<Page<KindResource<'Organization'>>> => {
  const viewing = viewingOf(context, call);
  const { snapshot, caller } = viewing;
  const { permissions } = snapshot;
  const permission = 'organizations.read';
  const seesAll = permissions.permits(caller.principal, permission, { kind: 'installation' });
  const own = { kind: 'organization', organizationId: caller.organization.id } as const;
  if (!seesAll && !permissions.permits(caller.principal, permission, own)) throw forbidden(permission);
  const entries = seesAll ? [...snapshot.organizations.values()] : [caller.organization];
  return pageOf(
    {
      entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
      keyOf: (record) => record,
      describe: (record: OrganizationRecord) => describeResource(definition, record, viewing),
      version: snapshot.version,
    },
    call.query as ListQuery,
  );
};

/** Creates an organization with what every organization has. Nobody is in it yet. */
export const createOrganization: Handler = async (context, call): Promise<KindResource<'Organization'>> => {
  assertOnInstallation(context, call, 'organizations.create');
  const { metadata, spec } = call.body as ParsedDocument<'Organization'>;
  const id = createId('organization', context.clock.now());
  try {
    await context.store.transact(async (tx) => {
      const record = { id, name: metadata.name, labels: metadata.labels ?? {}, spec };
      const written = await tx.put('Organization', record, 'absent');
      await putBuiltInAccess(tx, { roles: [], bindings: [] }, id);
      await call.remember?.(tx, describeResource(definition, written, viewingOf(context, call)));
      await tx.appendAudit(
        callEvent(context, call, 'resource.created', {
          details: { ...named(record), after: essenceOf(context, call, written) },
        }),
      );
    });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'ERR_STORE_NAME_TAKEN') throw error;
    throw new ApiError({
      code: 'ERR_API_CONFLICT',
      message: `there is an organization named ${metadata.name} already`,
      nextStep: 'Choose another name.',
      cause: error,
    });
  }
  const snapshot = await context.snapshots.refresh();
  const record = snapshot.organizations.get(id);
  if (record === undefined) throw notFound('Organization', metadata.name);
  return describeResource(definition, record, viewingOf(context, call));
};

/** Makes somebody the owner of an organization that has none: a local user, who signs in by the link. */
export const inviteOwner: Handler = async (context, call): Promise<LocalLinkResource> => {
  assertOnInstallation(context, call, 'organizations.create');
  const { name } = call.body as { readonly name: string };
  const organizationName = call.parameters['organization'] ?? '';
  const snapshot = await context.snapshots.refresh();
  const organization = snapshot.find('Organization', organizationName);
  if (organization === undefined) throw notFound('Organization', organizationName);
  if (isMachineName(name)) throw documentProblem('name', 'would be the name of a machine');
  assertLocalUsersEnabled(snapshot, organization.id);
  const hasOwner = new ApiError({
    code: 'ERR_API_CONFLICT',
    message: `${organizationName} has an owner, or is being changed`,
    nextStep: 'Ask an owner of the organization to let further people in.',
  });
  if (ownersOf(snapshot, organization.id).length > 0) throw hasOwner;
  const issued = await context.store.transact(async (tx) => {
    await tx.lockOrganization(organization.id);
    if (await tx.hasPolicyChangedSince(snapshot.version)) throw hasOwner;
    const at = new Date(context.clock.now());
    const letInto = await letIn(tx, snapshot, { organizationId: organization.id, name, role: 'owner', at });
    await tx.appendAudit(
      callEvent(context, call, 'user.invited', {
        severity: 'warning',
        organizationId: organization.id,
        details: { user: name, role: 'owner', expiresAt: letInto.expiresAt.toISOString() },
      }),
    );
    return letInto;
  });
  await context.snapshots.refresh();
  return { link: linkAddress(context.publicUrl, issued.token).reveal(), expiresAt: issued.expiresAt };
};

/** Deletes an organization with everything in it; never the caller's own. */
export const deleteOrganization: Handler = async (context, call): Promise<void> => {
  assertOnInstallation(context, call, 'organizations.delete');
  const name = call.parameters['organization'] ?? '';
  const record = context.snapshots.current().find('Organization', name);
  if (record === undefined) throw notFound('Organization', name);
  if (record.id === call.caller.organization.id) {
    throw new ApiError({
      code: 'ERR_API_READ_ONLY',
      message: `${name} is your own organization`,
      nextStep: 'Delete it as an administrator of the installation from another organization.',
    });
  }
  if (call.ifMatch !== undefined && call.ifMatch !== String(record.resourceVersion)) {
    throw new ApiError({
      code: 'ERR_API_PRECONDITION',
      message: `${name} has version ${record.resourceVersion}, not ${call.ifMatch}`,
      nextStep: 'Read it again, and repeat the change on what it is now.',
    });
  }
  await context.store.transact(async (tx) => {
    await tx.remove('Organization', record.id);
    await tx.appendAudit(
      callEvent(context, call, 'resource.deleted', {
        details: { ...named(record), before: essenceOf(context, call, record) },
      }),
    );
  });
  await context.snapshots.refresh();
};

function viewingOf(context: ApiContext, { caller }: Call): Viewing {
  const snapshot = context.snapshots.current();
  return { context, snapshot, reader: snapshot, caller };
}

function named({ id, name }: Pick<OrganizationRecord, 'id' | 'name'>) {
  return { kind: 'Organization', name, resourceId: id };
}

function essenceOf(context: ApiContext, call: Call, record: OrganizationRecord): string {
  return JSON.stringify(essence(describeResource(definition, record, viewingOf(context, call))));
}
