import { X509Certificate } from 'node:crypto';
import { detailsOf } from '@sallyport/audit';
import { ApiProblemError } from '@sallyport/core/api';
import { createCredentialVerifier, createKeyAndRequest } from '@sallyport/core/credentials';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { addCluster, type Installation, startInstallation } from '../authn/testing/installation.ts';

const PROD = { organization: 'acme', name: 'prod-eu' };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const { csrPem: csr } = createKeyAndRequest('ada@example.com');

/** What both forms have in common. */
interface Form {
  readonly kind: 'token' | 'certificate';
  get(
    line: CommandLine,
    lifetime?: string,
    of?: typeof PROD,
  ): Promise<{ readonly id: string; readonly expiresAt: Date }>;
}

const FORMS: readonly Form[] = [
  {
    kind: 'token',
    get: (line, lifetime, of = PROD) =>
      line.api.mintStaticToken({ ...of, body: lifetime === undefined ? {} : { lifetime } }),
  },
  {
    kind: 'certificate',
    get: (line, lifetime, of = PROD) =>
      line.api.issueClientCertificate({ ...of, body: { csr, ...(lifetime !== undefined && { lifetime }) } }),
  },
];

async function problemOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiProblemError);
  const { status, code, detail, problems } = (error as ApiProblemError).problem;
  return { status, code, detail, paths: problems?.map(({ path }) => path) };
}

describe('credentials that are kept', () => {
  let installation: Installation;
  let vera: CommandLine;
  beforeAll(async () => {
    installation = await startInstallation();
    vera = await logIn(installation, 'vera@example.com');
    await addCluster(installation, 'prod-eu');
    await addCluster(installation, 'foreign', installation.otherOrganization);
  });
  afterAll(() => installation.close());

  const live = async (id: string) => (await vera.api.listMyCredentials()).items.find((each) => each.id === id);
  const lifeOf = ({ expiresAt }: { readonly expiresAt: Date }) => expiresAt.getTime() - Date.now();

  it('a static token is a kube credential of the caller, for an hour', async () => {
    const minted = await vera.api.mintStaticToken({ ...PROD, body: {} });
    const verifier = createCredentialVerifier({ issuer: installation.publicUrl, keys: installation.kubeKeys });
    const { principal } = await vera.api.whoAmI();
    expect(await verifier.verify(minted.token)).toMatchObject({
      credentialId: minted.id,
      principalId: principal.id,
      loginSessionId: vera.sessionId,
      clusterId: minted.clusterId,
      expiresAt: minted.expiresAt,
    });
    expect(Math.abs(lifeOf(minted) - HOUR_MS)).toBeLessThan(30_000);
  });

  it('SEC-E12 a client certificate states the caller, whoever its request names', async () => {
    const issued = await vera.api.issueClientCertificate({ ...PROD, body: { csr } });
    const certificate = new X509Certificate(issued.certificate);
    const { principal, organization } = await vera.api.whoAmI();
    expect(installation.userCas.verify(certificate.raw)).toMatchObject({
      credentialId: issued.id,
      principalId: principal.id,
      organizationId: organization.id,
      loginSessionId: vera.sessionId,
      clusterId: issued.clusterId,
      expiresAt: issued.expiresAt,
    });
    expect(certificate.toString() + certificate.subject).not.toContain('ada');
    expect(issued).toMatchObject({ tlsServerName: 'certificates.sallyport.internal', ca: installation.caPem });
    expect(certificate.serialNumber.toLowerCase()).toBe(issued.serial);
  });

  it('refuses certificate requests that are none', async () => {
    for (const [body, path] of [
      [{ csr: 'x' }, 'body.csr'],
      [{ csr: csr.replace(/[A-Za-z0-9]/, 'A') }, 'body.csr'],
      [{ csr: `${csr}${' '.repeat(9_000)}` }, 'body.csr'],
      [{ csr, user: 'ada@example.com' } as never, 'body'],
    ] as const) {
      const problem = await problemOf(vera.api.issueClientCertificate({ ...PROD, body }));
      expect(problem).toMatchObject({ status: 400, code: 'ERR_API_REQUEST_INVALID', paths: [path] });
    }
  });

  for (const { kind, get } of FORMS) {
    describe(`of the kind ${kind}`, () => {
      it('are listed and audited as what they are, without what they work by', async () => {
        const kept = await get(vera);
        const listed = await live(kept.id);
        expect(listed).toMatchObject({ kind, user: 'vera@example.com', cluster: 'prod-eu', expiresAt: kept.expiresAt });
        expect(listed?.certificateSerial).toEqual(
          kind === 'certificate' ? expect.stringMatching(/^[0-9a-f]{32}$/) : undefined,
        );
        const events = await installation.store.listAudit({ limit: 20 });
        const event = events.find((each) => detailsOf(each)['credentialId'] === kept.id);
        expect(event).toMatchObject({ code: 'credential.minted', details: { kind } });
        const secret = 'token' in kept ? String(kept.token) : 'BEGIN';
        expect(JSON.stringify([listed, events])).not.toContain(secret);
      });

      it('live as long as they were asked to', async () => {
        for (const [lifetime, ms] of [
          ['1m', MINUTE_MS],
          ['90m', 90 * MINUTE_MS],
        ] as const) {
          expect(Math.abs(lifeOf(await get(vera, lifetime)) - ms)).toBeLessThan(30_000);
        }
      });

      it('SEC-E18 are refused, never shortened, when they are asked for with a life that there is not', async () => {
        const before = (await vera.api.listMyCredentials()).metadata.totalCount;
        for (const lifetime of [
          '0s',
          '59s',
          '12h1s',
          '366d',
          '99999999999999999999d',
          '-1h',
          '1 hour',
          '3600',
          '',
          '1y',
        ]) {
          const problem = await problemOf(get(vera, lifetime));
          expect([lifetime, problem.status, problem.code, problem.paths]).toEqual([
            lifetime,
            400,
            'ERR_API_REQUEST_INVALID',
            ['body.lifetime'],
          ]);
        }
        expect((await problemOf(get(vera, '13h'))).detail).toContain('is 13h, allowed here are 12h');
        expect((await vera.api.listMyCredentials()).metadata.totalCount).toBe(before);
      });

      it('SEC-E12 are had for no cluster of another organization', async () => {
        expect(await problemOf(get(vera, undefined, { organization: 'acme', name: 'foreign' }))).toMatchObject({
          status: 404,
        });
        expect(await problemOf(get(vera, undefined, { organization: 'other', name: 'foreign' }))).toMatchObject({
          status: 404,
        });
      });

      it('SEC-E19 are revoked one by one, all at once, and with all of their person', async () => {
        const ada = await logIn(installation, 'ada@example.com');
        const organization = 'acme';
        const revocations: readonly ((id: string) => Promise<unknown>)[] = [
          (id) => vera.api.revokeMyCredential({ id }),
          () => vera.api.revokeMyCredentials(),
          (id) => ada.api.revokeCredential({ organization, id }),
          () => ada.api.revokeCredentialsOfUser({ organization, name: 'vera@example.com' }),
        ];
        for (const revoke of revocations) {
          const { id } = await get(vera);
          expect(installation.snapshots.current().revokedCredentials.has(id as never)).toBe(false);
          await revoke(id);
          expect(installation.snapshots.current().revokedCredentials.has(id as never)).toBe(true);
          expect(await live(id)).toBeUndefined();
        }
      });
    });
  }

  it('are listed no longer once their login session has ended', async () => {
    const [line, other] = [await logIn(installation, 'ada@example.com'), await logIn(installation, 'ada@example.com')];
    const { id } = await line.api.mintStaticToken({ ...PROD, body: {} });
    const ids = async () => (await other.api.listMyCredentials()).items.map((each) => each.id);
    expect(await ids()).toEqual([id]);
    await line.api.logOut();
    expect(await ids()).toEqual([]);
  });

  it('end with the login session at the latest', async () => {
    const short = await startInstallation({ limits: { sessionLifetimeMs: 20 * MINUTE_MS } });
    try {
      const line = await logIn(short, 'vera@example.com');
      await addCluster(short, 'prod-eu');
      const { loginSession } = await line.api.whoAmI();
      for (const { get } of FORMS) {
        const { expiresAt } = await get(line);
        expect(expiresAt.getTime()).toBeLessThanOrEqual(loginSession.expiresAt.getTime());
        expect((await problemOf(get(line, '30m'))).detail).toMatch(/is 30m, and the login session ends in 19m/);
      }
    } finally {
      await short.close();
    }
  }, 60_000);

  it('live no longer than the settings say', async () => {
    const { store, snapshots, organization } = installation;
    const settings = { credentialLifetime: '20m' };
    await store.transact((tx) => tx.put('Organization', { ...organization, spec: { settings } }));
    await snapshots.refresh();
    try {
      for (const { get } of FORMS) {
        expect(Math.abs(lifeOf(await get(vera)) - 20 * MINUTE_MS)).toBeLessThan(30_000);
        expect((await problemOf(get(vera, '21m'))).detail).toContain('is 21m, allowed here are 20m');
        expect(Math.abs(lifeOf(await get(vera, '20m')) - 20 * MINUTE_MS)).toBeLessThan(30_000);
      }
    } finally {
      await store.transact((tx) => tx.put('Organization', { ...organization, spec: {} }));
      await snapshots.refresh();
    }
  });
});
