import type { OrganizationId } from '@sallyport/core';
import {
  KEY_PURPOSES,
  type KeyFacts,
  type KeyKind,
  type KeySetName,
  kindOfKeys,
  ORGANIZATION_KEY_PURPOSES,
  userCaOf,
} from '../stores/key-contracts.ts';
import { KEY_POLICIES } from './key-policies.ts';
import { listKeyLives, listKeySets, type RotationContext, type RotationMode, rotateKey } from './rotate-keys.ts';

/** A key, and when its purpose rotates next on schedule. */
export interface KeyLife extends KeyFacts {
  /** When its successor is meant to sign; absent for retired keys, and where keys rotate by command only. */
  readonly rotatesAt?: Date;
}

/** Options of {@link KeyAdministration.rotate}. */
export interface RotateOptions {
  /** Who asked for it, for the audit events. */
  readonly by?: RotationContext['by'];
  /** Of which organization, for a kind of which each has keys of its own. Absent: of all that have any. */
  readonly organizationId?: OrganizationId;
}

/** What people do with keys, whichever way they come. */
export interface KeyAdministration {
  /** Those of all purposes. */
  list(): Promise<readonly KeyLife[]>;
  /** Rotates the keys of a kind, and yields them. */
  rotate(kind: KeyKind, mode: RotationMode, options?: RotateOptions): Promise<readonly KeyLife[]>;
}

/** Lets people see and rotate the keys of a store. Running servers follow within a second or so. */
export function administerKeys(context: RotationContext): KeyAdministration {
  const { store, policies = KEY_POLICIES } = context;
  const withSchedule = (keys: readonly KeyFacts[]): KeyLife[] =>
    keys.map((key) => {
      const { lifetimeMs } = policies[kindOfKeys(key.purpose)];
      if (lifetimeMs === undefined || key.phase === 'retired') return key;
      const next = keys.find(({ purpose, phase }) => purpose === key.purpose && phase === 'next');
      const onSchedule = new Date(key.signsFrom.getTime() + lifetimeMs);
      return { ...key, rotatesAt: key.phase === 'current' && next !== undefined ? next.signsFrom : onSchedule };
    });
  // An organization gets its first key when it needs one: there is none to rotate before.
  const userCas = async (organizationId: OrganizationId | undefined): Promise<readonly KeySetName[]> =>
    (await listKeySets(store)).filter(
      (set) => kindOfKeys(set) === 'userCa' && (organizationId === undefined || set === userCaOf(organizationId)),
    );
  return {
    list: async () => withSchedule(await listKeyLives(store)),
    async rotate(kind, mode, { by, organizationId } = {}) {
      const sets = kind === 'userCa' ? await userCas(organizationId) : [kind];
      for (const set of sets) await rotateKey({ ...context, ...(by && { by }) }, set, mode);
      return withSchedule(await listKeyLives(store, sets));
    },
  };
}

/** Whether a text names a kind of keys. */
export function isKeyKind(text: string): text is KeyKind {
  return [...KEY_PURPOSES, ...ORGANIZATION_KEY_PURPOSES].some((kind) => kind === text);
}
