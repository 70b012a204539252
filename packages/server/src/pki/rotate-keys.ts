import {
  type AuditDetails,
  type AuditEnvelope,
  type AuditEvent,
  type AuditEventCode,
  type AuditFacts,
  createAuditEvent,
} from '@sallyport/audit';
import type { Clock } from '@sallyport/core';
import { createSigningKeyRing, type SigningKeyRing, signCapabilityKeySet } from '@sallyport/core/credentials';
import type { Store, Transaction } from '../stores/contracts.ts';
import {
  KEY_PURPOSES,
  type KeyFacts,
  type KeyKind,
  type KeyReads,
  type KeySetName,
  type KeyWrites,
  kindOfKeys,
  type Lease,
  ORGANIZATION_KEY_PURPOSES,
  type StoredKey,
} from '../stores/key-contracts.ts';
import { PkiError } from './errors.ts';
import { type KeyPolicy, type KeyStep, planRotation } from './key-plan.ts';
import { KEY_POLICIES, MIN_ANNOUNCE_MS } from './key-policies.ts';
import { makeKey, type NewKey } from './new-key.ts';

const KEY_KINDS: readonly KeyKind[] = [...KEY_PURPOSES, ...ORGANIZATION_KEY_PURPOSES];

/** What keys are changed with, inside a transaction. */
export type KeyTransaction = KeyWrites & Pick<Transaction, 'appendAudit' | 'holdLease'>;

/** Where keys are kept: the store of a server, or the folder of a signer. */
export interface KeyStore {
  readonly keys: KeyReads;
  /** As `Store.transact`. */
  transact<Result>(work: (tx: KeyTransaction) => Promise<Result>): Promise<Result>;
}

/** What changing keys works with. */
export interface RotationContext {
  readonly store: KeyStore;
  readonly clock: Clock;
  /** Who asked for a change, for its audit events. Absent: nobody did, or somebody at the database itself. */
  readonly by?: Pick<AuditEvent, 'organizationId' | 'principal' | 'loginSessionId' | 'sourceAddress'>;
  /** Defaults to `KEY_POLICIES`. */
  readonly policies?: Readonly<Record<KeyKind, KeyPolicy>>;
  /** Kinds of keys that are kept here; none of another one is ever made. Defaults to all. */
  readonly purposes?: readonly KeyKind[];
}

/**
 * How a rotation that somebody asks for goes. `announced`: as the schedule does, with the full announcement. `now`: after the shortest
 * announcement that servers and connected agents need. `emergency`: the new key signs at once and all others are gone;
 * whatever they signed is void.
 */
export type RotationMode = 'announced' | 'now' | 'emergency';

/**
 * Takes the steps that are due for a purpose, under a lease when several servers might. Each purpose is one transaction, with
 * its audit events.
 * @throws StoreError `ERR_STORE_LEASE_LOST`
 */
export async function advanceKeys(
  context: RotationContext,
  purpose: KeySetName,
  lease?: Lease,
): Promise<readonly KeyStep[]> {
  const { store, clock, purposes = KEY_KINDS } = context;
  if (!purposes.includes(kindOfKeys(purpose))) return [];
  const policy = policyOf(context, purpose);
  const now = new Date(clock.now());
  // Looked at without a lock first: there is nothing to do nearly always, nor for a purpose that no server has used yet.
  const known = await store.keys.list(purpose);
  if (known.version === 0 || planRotation(known.keys, policy, now).length === 0) return [];
  const made = await makeKey(purpose, now);
  return store.transact(async (tx) => {
    if (lease !== undefined) await tx.holdLease(lease);
    const { keys } = await tx.lockKeys(purpose);
    const steps = planRotation(keys, policy, now);
    for (const step of steps) await takeStep(tx, context, keys, made, step);
    if (steps.length > 0) await tx.nextKeyVersion(purpose);
    return steps;
  });
}

/**
 * Rotates the key of a purpose because somebody asked for it; yields the keys that stand then.
 * @throws PkiError `ERR_PKI_KEY_ELSEWHERE` for a purpose whose keys are not kept here
 */
export async function rotateKey(
  context: RotationContext,
  purpose: KeySetName,
  mode: RotationMode,
): Promise<readonly KeyFacts[]> {
  const { purposes = KEY_KINDS } = context;
  if (!purposes.includes(kindOfKeys(purpose))) {
    throw new PkiError({
      code: 'ERR_PKI_KEY_ELSEWHERE',
      message: `the keys of purpose ${purpose} are held by another process`,
      nextStep: 'Rotate them where they are: sallyport signer keys rotate',
    });
  }
  const now = new Date(context.clock.now());
  const made = await makeKey(purpose, now);
  // A purpose that no server has used yet has no key: its first one is as new as any.
  const { keys: before } = await context.store.keys.list(purpose);
  if (before.length === 0) {
    return (await context.store.keys.establish({ ...made, phase: 'current', signsFrom: now })).keys;
  }
  await context.store.transact(async (tx) => {
    const { keys } = await tx.lockKeys(purpose);
    if (mode === 'emergency') await replaceAll(tx, context, keys, made);
    else await announceBy(tx, context, keys, made, mode);
    await tx.nextKeyVersion(purpose);
  });
  return (await context.store.keys.list(purpose)).keys;
}

/** All keys of some sets, or of all, without their secrets. */
export async function listKeyLives(
  store: Pick<Store, 'keys'>,
  sets?: readonly KeySetName[],
): Promise<readonly KeyFacts[]> {
  const found = [];
  for (const set of sets ?? (await listKeySets(store))) found.push(...(await store.keys.list(set)).keys);
  return found.map(({ purpose, keyId, phase, createdAt, signsFrom, verifiesUntil }) => ({
    purpose,
    keyId,
    phase,
    createdAt,
    signsFrom,
    ...(verifiesUntil !== undefined && { verifiesUntil }),
  }));
}

/** Every set that has keys: those of the installation in the order of their purposes, then those of organizations. */
export async function listKeySets(store: Pick<Store, 'keys'>): Promise<readonly KeySetName[]> {
  const known = [...(await store.keys.versions()).keys()];
  const rank = (set: KeySetName) => KEY_KINDS.indexOf(kindOfKeys(set));
  // Of an unknown kind are keys of a newer version of this program.
  return known.filter((set) => rank(set) !== -1).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

async function takeStep(
  tx: KeyTransaction,
  context: RotationContext,
  keys: readonly StoredKey[],
  made: NewKey,
  step: KeyStep,
): Promise<void> {
  switch (step.kind) {
    case 'announce':
      return announce(tx, context, keys, made, step.signsFrom, 'schedule');
    case 'activate': {
      const next = keys.find(({ keyId }) => keyId === step.keyId);
      const current = keys.find(({ phase }) => phase === 'current');
      if (next === undefined) return;
      // The former one first: the database knows no moment with two keys that sign.
      if (current !== undefined) {
        await tx.putKey({ ...current, phase: 'retired', verifiesUntil: step.verifiesUntil });
      }
      await tx.putKey({ ...next, phase: 'current', signsFrom: made.createdAt });
      return tx.appendAudit(
        keyEvent(context, 'key.rotated', {
          ...named(next),
          ...(current !== undefined && {
            previousKeyId: current.keyId,
            previousVerifiesUntil: step.verifiesUntil.toISOString(),
          }),
        }),
      );
    }
    case 'remove': {
      const removed = keys.find(({ keyId }) => keyId === step.keyId);
      await tx.deleteKey(made.purpose, step.keyId);
      if (removed !== undefined) await tx.appendAudit(keyEvent(context, 'key.removed', named(removed)));
    }
  }
}

async function announce(
  tx: KeyTransaction,
  context: RotationContext,
  keys: readonly StoredKey[],
  made: NewKey,
  signsFrom: Date,
  reason: 'schedule' | 'command',
): Promise<void> {
  const endorsement = await endorse(tx, keys, made, context);
  await tx.putKey({ ...made, ...(endorsement !== undefined && { endorsement }), phase: 'next', signsFrom });
  await tx.appendAudit(
    keyEvent(context, 'key.announced', {
      ...named(made),
      signsFrom: signsFrom.toISOString(),
      reason,
    }),
  );
}

/** Announces a key, or brings the one forward that is announced already. */
async function announceBy(
  tx: KeyTransaction,
  context: RotationContext,
  keys: readonly StoredKey[],
  made: NewKey,
  mode: 'announced' | 'now',
): Promise<void> {
  const announceMs = mode === 'now' ? MIN_ANNOUNCE_MS : policyOf(context, made.purpose).announceMs;
  const signsFrom = new Date(made.createdAt.getTime() + announceMs);
  const next = keys.find(({ phase }) => phase === 'next');
  if (next === undefined) return announce(tx, context, keys, made, signsFrom, 'command');
  if (next.signsFrom <= signsFrom) return;
  await tx.putKey({ ...next, signsFrom });
  await tx.appendAudit(
    keyEvent(context, 'key.announced', {
      ...named(next),
      signsFrom: signsFrom.toISOString(),
      reason: 'command',
    }),
  );
}

async function replaceAll(
  tx: KeyTransaction,
  context: RotationContext,
  keys: readonly StoredKey[],
  made: NewKey,
): Promise<void> {
  // Said before the old key goes: agents that trust it can still follow to the new one.
  const endorsement = await endorse(tx, keys, made, context);
  for (const { purpose, keyId } of keys) await tx.deleteKey(purpose, keyId);
  await tx.putKey({
    ...made,
    ...(endorsement !== undefined && { endorsement }),
    phase: 'current',
    signsFrom: made.createdAt,
  });
  if (made.purpose === 'agentCa') await tx.revokeEveryAgentCertificate();
  await tx.appendAudit(
    keyEvent(context, 'key.voided', {
      ...named(made),
      voidedKeyIds: keys.map(({ keyId }) => keyId),
    }),
  );
}

/** What the signing capability key says for its successor; takes a version of its own, below that of whatever comes next. */
async function endorse(
  tx: KeyTransaction,
  keys: readonly StoredKey[],
  made: NewKey,
  { clock }: RotationContext,
): Promise<string | undefined> {
  const current = keys.find(({ phase }) => phase === 'current');
  if (made.purpose !== 'capability' || current === undefined) return undefined;
  const signer = ringOf(current, clock);
  const jwks = { keys: [...signer.jwks().keys, ...ringOf(made, clock).jwks().keys] };
  return signCapabilityKeySet(signer, { jwks, version: await tx.nextKeyVersion(made.purpose) });
}

function ringOf({ keyId, secret }: Pick<StoredKey, 'keyId' | 'secret'>, clock: Clock): SigningKeyRing {
  return createSigningKeyRing({ keys: [{ keyId, privateKeyPem: secret }], activeKeyId: keyId, clock });
}

function policyOf({ policies = KEY_POLICIES }: RotationContext, purpose: KeySetName): KeyPolicy {
  return policies[kindOfKeys(purpose)];
}

type KeyEventCode = Exclude<Extract<AuditEventCode, `key.${string}`>, 'key.rewrapped'>;

function keyEvent<Code extends KeyEventCode>(
  { clock, by }: RotationContext,
  code: Code,
  details: AuditDetails<Code>,
): AuditEvent<Code> {
  const facts: Partial<AuditEnvelope> & { readonly details: AuditDetails<Code> } = { ...by, details };
  return createAuditEvent(code, clock.now(), facts as AuditFacts<Code>);
}

function named({ purpose, keyId }: Pick<StoredKey, 'purpose' | 'keyId'>) {
  return { purpose, keyId };
}
