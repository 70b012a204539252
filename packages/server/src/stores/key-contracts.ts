import { isId, type OrganizationId, type Secret } from '@sallyport/core';
import { type KEY_PHASES, KEY_PURPOSES, ORGANIZATION_KEY_PURPOSES } from '@sallyport/core/api';

export { KEY_PURPOSES, ORGANIZATION_KEY_PURPOSES };

/** What a key of the whole installation is for. */
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** What a key is for; `userCa` of which each organization has keys of its own. */
export type KeyKind = KeyPurpose | (typeof ORGANIZATION_KEY_PURPOSES)[number];

/** A set of keys that live together: one per purpose of the installation, one per organization for the others. */
export type KeySetName = KeyPurpose | `userCa/${string}`;

const USER_CA_PREFIX = 'userCa/';

/** The keys of an organization's user CA. */
export function userCaOf(organizationId: OrganizationId): KeySetName {
  return `${USER_CA_PREFIX}${organizationId}`;
}

/** Of which kind the keys of a set are. */
export function kindOfKeys(set: KeySetName): KeyKind {
  return isOfInstallation(set) ? set : 'userCa';
}

/** Whose keys a set holds; `undefined` for those of the installation. */
export function organizationOfKeys(set: KeySetName): OrganizationId | undefined {
  const id = set.slice(USER_CA_PREFIX.length);
  return !isOfInstallation(set) && isId('organization', id) ? id : undefined;
}

function isOfInstallation(set: KeySetName): set is KeyPurpose {
  return !set.startsWith(USER_CA_PREFIX);
}

/** Where a key stands. A purpose has one current key at most, and one next. */
export type KeyPhase = (typeof KEY_PHASES)[number];

/** A key without its secret. */
export interface KeyFacts {
  readonly purpose: KeySetName;
  readonly keyId: string;
  readonly phase: KeyPhase;
  readonly createdAt: Date;
  /** When it began to sign; of a next key, when it is meant to. */
  readonly signsFrom: Date;
  /** When a retired key stops being trusted. */
  readonly verifiesUntil?: Date;
}

/** A named private key, envelope-encrypted at rest. */
export interface StoredKey extends KeyFacts {
  /** PEM (PKCS#8) or raw text, as the purpose needs. */
  readonly secret: Secret;
  /** Certificate PEM, for CAs. */
  readonly certificatePem?: string;
  /** What the key before this one said for it, for the purpose `capability`; see `signCapabilityKeySet`. */
  readonly endorsement?: string;
}

/** All keys of a purpose as of one instant. */
export interface KeySet {
  /** Grows with every change of the purpose's keys. */
  readonly version: number;
  /** The current key first, then the next one, then retired ones, newest first. */
  readonly keys: readonly StoredKey[];
}

/** Reading keys, and making the first one. */
export interface KeyReads {
  /**
   * Versions of all sets that have keys: a handful, and one for each organization that uses client certificates. Cheap enough
   * to ask every second.
   */
  versions(): Promise<ReadonlyMap<KeySetName, number>>;
  list(purpose: KeySetName): Promise<KeySet>;
  /** Stores the first key of its purpose; when another replica was faster, its key stays. Yields what stands. */
  establish(key: StoredKey): Promise<KeySet>;
}

/** Changing keys, inside a transaction. */
export interface KeyWrites {
  /** Keeps every other change of the purpose's keys waiting until the commit, and lists them. */
  lockKeys(purpose: KeySetName): Promise<KeySet>;
  /** Takes the purpose's next version, at least the time in milliseconds, so that a restored backup is ahead again at once. */
  nextKeyVersion(purpose: KeySetName): Promise<number>;
  /** Stores a key, encrypted; replaces the one of the same id. */
  putKey(key: StoredKey): Promise<void>;
  deleteKey(purpose: KeySetName, keyId: string): Promise<void>;
  /** Ends the identity of every agent of every cluster. */
  revokeEveryAgentCertificate(): Promise<void>;
}

/** The right to run a job, until it expires or another server takes it over. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows with each change of holder: what a former holder still does is recognized by it. */
  readonly epoch: number;
  readonly expiresAt: Date;
}

/** Leases of jobs that one server at a time runs. */
export interface Leases {
  /** Takes or prolongs a lease; `undefined` while another holder has it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Gives a lease back, so that another server need not wait for its end. */
  release(lease: Lease): Promise<void>;
}

/** The fence of a lease, inside a transaction. */
export interface LeaseChecks {
  /**
   * Makes the transaction one of the lease's holder: no other can take the lease until it ends.
   * @throws StoreError `ERR_STORE_LEASE_LOST` when another one has it already
   */
  holdLease(lease: Lease): Promise<void>;
}

/** What re-encrypting came to. */
export interface RewrapResult {
  /** Values that were encrypted anew. */
  readonly rewrapped: number;
  /** Where values under other keys are left, as `table.column`: none, unless a value can't be opened any more. */
  readonly left: readonly string[];
}
