import { randomBytes } from 'node:crypto';
import { type AuditEvent, createAuditPipeline } from '@sallyport/audit';
import { createId, LOCAL_ISSUER, type Principal, Secret, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { TOTP } from 'otpauth';
import { createSnapshotSource } from '../../snapshot-source.ts';
import type { Organization, Store } from '../../stores/contracts.ts';
import { createStoreAuditSink } from '../../stores/index.ts';
import { createStore, openDatabase } from '../../stores/open-store.ts';
import { putOrganization } from '../../testing/writes.ts';
import type { LockOutLimits } from '../local/lock-out.ts';
import { relyingPartyOf } from '../local/passkeys.ts';
import { createPasswordHasher } from '../local/password.ts';
import { createLocalSetup, inviteLocalUser } from '../local/setup.ts';
import { createLocalSignIn } from '../local/sign-in.ts';
import { createTryGate } from '../local/try-gate.ts';

/** A password that the rule takes. */
export const PASSWORD = 'seven small boats';
/** Where the people of the tests come from, unless said otherwise. */
export const ADDRESS = '192.0.2.7';
/** How browsers know the server of the tests. */
export const ORIGIN = 'https://sallyport.example.com';

/** Local users over a store of their own, on a clock moved by hand. */
export async function createLocalUsersFixture(options: { readonly limits?: LockOutLimits } = {}) {
  const clock = createFakeClock();
  const database = await openDatabase(
    { kind: 'pglite', dataDir: 'memory://' },
    { encryptionKey: new Secret(randomBytes(32)), clock },
  );
  const store = createStore(database);
  const snapshots = await createSnapshotSource({ store, clock, logger: silentLogger });
  const audit = createAuditPipeline({ sinks: [{ sink: createStoreAuditSink(store), delivery: 'required' }], clock });
  const organization: Organization = { id: createId('organization'), name: 'acme' };
  const otherOrganization: Organization = { id: createId('organization'), name: 'other' };
  await store.transact(async (tx) => {
    await putOrganization(tx, organization);
    await putOrganization(tx, otherOrganization);
  });

  /** Another server's view: everything but the database is its own. */
  function createReplica(shared: Pick<Store, 'transact'> = store) {
    const hasher = createPasswordHasher();
    const gate = createTryGate({ store: shared, audit, clock, ...(options.limits && { limits: options.limits }) });
    const services = { store: shared, snapshots, audit, hasher, gate, relyingParty: relyingPartyOf(ORIGIN), clock };
    return { gate, hasher, signIn: createLocalSignIn(services), setup: createLocalSetup(services) };
  }
  const replica = createReplica();

  async function putPerson(overrides: Partial<Principal> = {}): Promise<Principal> {
    const id = createId('principal');
    const userName = overrides.userName ?? `${id.slice(-8)}@example.com`;
    const person: Principal = {
      id,
      organizationId: organization.id,
      kind: 'user',
      issuer: LOCAL_ISSUER,
      subjectClaim: id,
      userName,
      displayName: userName,
      groups: [],
      ...overrides,
    };
    await store.transact((tx) => tx.putPrincipal(person));
    await snapshots.refresh();
    return person;
  }

  /** A local user with a fresh invitation. */
  async function invite(overrides: Partial<Principal> = {}) {
    const person = await putPerson(overrides);
    const link = await store.transact((tx) => inviteLocalUser(tx, person, new Date(clock.now())));
    return { person, token: link.token.reveal(), expiresAt: link.expiresAt };
  }

  /** The code that the person's app shows now. */
  function codeOf(secret: Secret): string {
    return new TOTP({ secret: secret.reveal() }).generate({ timestamp: clock.now() });
  }

  /** A local user who has set a password and a code app up; the code of that moment is used up. */
  async function enrol(overrides: Partial<Principal> = {}) {
    const { person, token } = await invite(overrides);
    const { handle, totpSecret } = await replica.setup.open(token, ADDRESS);
    const recoveryCodes = await replica.setup.withPassword(handle, { password: PASSWORD, code: codeOf(totpSecret) });
    clock.advance(30_000);
    return { person, totpSecret, recoveryCodes };
  }

  return {
    ...replica,
    clock,
    store,
    snapshots,
    organization,
    otherOrganization,
    createReplica,
    putPerson,
    invite,
    enrol,
    codeOf,
    /** What was audited under a code, newest first. */
    async audited(code: AuditEvent['code']): Promise<readonly AuditEvent[]> {
      return (await store.listAudit({ limit: 1_000 })).filter((event) => event.code === code);
    },
    /** Everything that the database holds about local users, as text. */
    async dump(): Promise<string> {
      const tables = [
        'local_accounts',
        'local_recovery_codes',
        'passkeys',
        'local_links',
        'one_time_rows',
        'login_tries',
      ];
      const rows = await Promise.all(
        tables.map((table) => sql`select * from ${sql.table(table)}`.execute(database.db).then(({ rows }) => rows)),
      );
      return JSON.stringify(rows);
    },
    async close() {
      await audit.close();
      await snapshots.close();
      await store.close();
    },
  };
}
