import { KEY_PURPOSES, type KeyFacts, type KeyPurpose } from '../stores/key-contracts.ts';
import { KEY_POLICIES } from './key-policies.ts';
import { listKeyLives, type RotationContext, type RotationMode, rotateKey } from './rotate-keys.ts';

/** A key, and when its purpose rotates next on schedule. */
export interface KeyLife extends KeyFacts {
  /** When its successor is meant to sign; absent for retired keys, and where keys rotate by command only. */
  readonly rotatesAt?: Date;
}

/** What people do with keys, whichever way they come. */
export interface KeyAdministration {
  /** Those of all purposes. */
  list(): Promise<readonly KeyLife[]>;
  /** Rotates one purpose, and yields its keys. `by` says in the audit events who asked for it. */
  rotate(purpose: KeyPurpose, mode: RotationMode, by?: RotationContext['by']): Promise<readonly KeyLife[]>;
}

/** Lets people see and rotate the keys of a store. Running servers follow within a second or so. */
export function administerKeys(context: RotationContext): KeyAdministration {
  const { store, policies = KEY_POLICIES } = context;
  const withSchedule = (keys: readonly KeyFacts[]): KeyLife[] =>
    keys.map((key) => {
      const { lifetimeMs } = policies[key.purpose];
      if (lifetimeMs === undefined || key.phase === 'retired') return key;
      const next = keys.find(({ purpose, phase }) => purpose === key.purpose && phase === 'next');
      const onSchedule = new Date(key.signsFrom.getTime() + lifetimeMs);
      return { ...key, rotatesAt: key.phase === 'current' && next !== undefined ? next.signsFrom : onSchedule };
    });
  return {
    list: async () => withSchedule(await listKeyLives(store)),
    async rotate(purpose, mode, by) {
      await rotateKey({ ...context, ...(by && { by }) }, purpose, mode);
      return withSchedule(await listKeyLives(store, [purpose]));
    },
  };
}

/** Whether a text names a purpose of keys. */
export function isKeyPurpose(text: string): text is KeyPurpose {
  return KEY_PURPOSES.some((purpose) => purpose === text);
}
