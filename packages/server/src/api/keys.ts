import type { OrganizationId } from '@sallyport/core';
import type { KeyList, RotateKeys } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { PkiError } from '../pki/errors.ts';
import { isKeyKind, type KeyLife } from '../pki/key-administration.ts';
import type { Snapshot } from '../snapshot.ts';
import {
  KEY_PURPOSES,
  type KeyKind,
  kindOfKeys,
  ORGANIZATION_KEY_PURPOSES,
  organizationOfKeys,
} from '../stores/key-contracts.ts';
import { callerFacts, type Handler } from './context.ts';
import { assertOnInstallation } from './locate.ts';

/** Lists the keys of the installation. */
export const listKeys: Handler = async (context, call): Promise<KeyList> => {
  assertOnInstallation(context, call, 'keys.read');
  return toList(await context.keys.list(), context.snapshots.current());
};

/** Rotates the key of a purpose. Its audit events name who asked for it. */
export const rotateKeys: Handler = async (context, call): Promise<KeyList> => {
  assertOnInstallation(context, call, 'keys.rotate');
  const purpose = call.parameters['purpose'] ?? '';
  if (!isKeyKind(purpose)) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no purpose ${JSON.stringify(purpose.slice(0, 64))} of keys`,
      nextStep: `Choose from ${[...KEY_PURPOSES, ...ORGANIZATION_KEY_PURPOSES].join(', ')}.`,
    });
  }
  const { mode, organization } = call.body as RotateKeys;
  const snapshot = context.snapshots.current();
  const organizationId = organization === undefined ? undefined : ownerOf(snapshot, purpose, organization);
  try {
    const by = callerFacts(call);
    const rotated = await context.keys.rotate(purpose, mode, { by, ...(organizationId && { organizationId }) });
    return toList(rotated, snapshot);
  } catch (error) {
    if (!(error instanceof PkiError) || error.code !== 'ERR_PKI_KEY_ELSEWHERE') throw error;
    throw new ApiError({
      code: 'ERR_API_CONFLICT',
      message: error.message,
      ...(error.nextStep !== undefined && { nextStep: error.nextStep }),
      cause: error,
    });
  }
};

/** The organization whose keys are meant. */
function ownerOf({ organizations }: Snapshot, kind: KeyKind, name: string): OrganizationId {
  if (kind !== 'userCa') {
    throw invalidOrganization(`must be left out for ${kind}, whose keys are those of the whole installation`);
  }
  for (const organization of organizations.values()) if (organization.name === name) return organization.id;
  throw invalidOrganization(`is ${JSON.stringify(name)}, which there is not`);
}

function toList(keys: readonly KeyLife[], { organizations }: Snapshot): KeyList {
  const nameOf = (id: OrganizationId) => organizations.get(id)?.name ?? id;
  return {
    items: keys.map(({ purpose, ...key }) => {
      const owner = organizationOfKeys(purpose);
      return { purpose: kindOfKeys(purpose), ...(owner !== undefined && { organization: nameOf(owner) }), ...key };
    }),
  };
}

function invalidOrganization(problem: string): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `organization ${problem}`,
    problems: [{ path: 'body.organization', message: problem }],
  });
}
