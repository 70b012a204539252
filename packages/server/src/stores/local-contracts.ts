import type { OrganizationId, PasskeyId, PrincipalId, Secret } from '@sallyport/core';

/** What a local user signs in with, as it is stored. */
export interface LocalAccount {
  readonly principalId: PrincipalId;
  /** Absent: signs in with passkeys only, or has not set anything up yet. */
  readonly passwordHash?: string;
  /** The password serves for one more login, in which it must be replaced. */
  readonly mustChangePassword: boolean;
  /** Secret of the code app. */
  readonly totpSecret?: Secret;
  readonly createdAt: Date;
}

/** A passkey (WebAuthn credential) of a local user. */
export interface Passkey {
  readonly id: PasskeyId;
  readonly principalId: PrincipalId;
  /** What the authenticator calls it, base64url. */
  readonly credentialId: string;
  /** COSE public key, base64url. */
  readonly publicKey: string;
  /** Signature counter as of the last use; stays 0 where the authenticator has none. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** It can leave its device: kept by a password manager or a platform account. */
  readonly isSynced: boolean;
  readonly displayName: string;
  readonly createdAt: Date;
  readonly lastUsedAt?: Date;
}

/** What a link given to a person is for. */
export type LocalLinkKind = 'invitation' | 'recovery';

/** A link that is still good. */
export interface LocalLink {
  readonly principalId: PrincipalId;
  readonly kind: LocalLinkKind;
  readonly expiresAt: Date;
}

/** Local users within a transaction. Secrets are sealed or hashed at rest. */
export interface LocalUserRows {
  /** Makes a principal one that can have factors. Nothing happens when it is one already. */
  putAccount(principalId: PrincipalId, createdAt: Date): Promise<void>;
  /** By the user name of the principal, in the form in which names are compared. */
  findAccount(organizationId: OrganizationId, nameKey: string): Promise<LocalAccount | undefined>;
  account(principalId: PrincipalId): Promise<LocalAccount | undefined>;
  setPassword(principalId: PrincipalId, passwordHash: string, mustChange: boolean): Promise<void>;
  /** Demands that the password be replaced at the next login. `false` when there is none. */
  demandPasswordChange(principalId: PrincipalId): Promise<boolean>;
  /** Sets the secret of the code app; `usedStep` is the step whose code proved that the app has it. */
  setTotp(principalId: PrincipalId, secret: Secret, usedStep: number): Promise<void>;
  /** Uses the code of a time step up. `false` when it, or a later one, was used before. */
  useTotpStep(principalId: PrincipalId, step: number): Promise<boolean>;
  replaceRecoveryCodes(principalId: PrincipalId, codes: readonly string[]): Promise<void>;
  /** Uses a recovery code up. `false` when there is no such code or it was used before. */
  useRecoveryCode(principalId: PrincipalId, code: string): Promise<boolean>;
  countRecoveryCodes(principalId: PrincipalId): Promise<number>;
  putPasskey(passkey: Passkey): Promise<void>;
  /** Passkeys of a person, oldest first. */
  passkeys(principalId: PrincipalId): Promise<readonly Passkey[]>;
  findPasskey(credentialId: string): Promise<Passkey | undefined>;
  /** Notes a use. `false` when the counter has not grown although the authenticator counts: a copy is in use. */
  usePasskey(id: PasskeyId, counter: number, at: Date): Promise<boolean>;
  deletePasskey(principalId: PrincipalId, id: PasskeyId): Promise<boolean>;
  /** Removes the password, the code app, recovery codes and passkeys. */
  removeFactors(principalId: PrincipalId): Promise<void>;
  /** Issues a link and ends the person's earlier ones. The token is shown once and stored hashed. */
  issueLink(link: LocalLink): Promise<Secret>;
  /** The link of a token, while it is good. */
  findLink(token: string): Promise<LocalLink | undefined>;
  /** Uses a link up. Exactly one of any number of concurrent callers gets it. */
  useLink(token: string): Promise<LocalLink | undefined>;
  removeLinks(principalId: PrincipalId): Promise<void>;
}

/** Counts of tries by key, for the lock-out. Keys are stored hashed: people type passwords into name fields. */
export interface TryRows {
  /** Locks the record of a key for this transaction and reads it. */
  lock(key: string): Promise<StoredTries | undefined>;
  put(key: string, record: StoredTries): Promise<void>;
  forget(key: string): Promise<void>;
}

/** What is stored about the tries of a key. */
export interface StoredTries {
  readonly failures: number;
  readonly lastAt: Date;
  readonly lockedUntil?: Date;
}

/** Values that are kept for a while and used once, by an unguessable key. Keys are hashed and values sealed at rest. */
export interface OneTimeRows {
  /** Keeps a value, in place of an earlier one of that key. */
  put(kind: string, key: string, value: Readonly<Record<string, unknown>>, expiresAt: Date): Promise<void>;
  /** Notes that a key was used, until an instant. Exactly one of any number of callers, concurrent or later, hears `true`. */
  claim(kind: string, key: string, until: Date): Promise<boolean>;
  find(kind: string, key: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Reads and removes a value. Exactly one of any number of concurrent callers gets it. */
  take(kind: string, key: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}
