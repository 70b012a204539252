import type { GrantResource } from '@sallyport/core/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type RoleName, type SecureStack, startSecureStack } from './harness.ts';
import { KIND_COUNT, openEachKind } from './streams-of-each-kind.ts';

const organization = ORGANIZATION;
/** Time enough to open a stream of each kind, in seconds. */
const SHORT_GRANT_S = 8;
/** What counts as at once, on a machine that does other things too. */
const AT_ONCE_MS = 2_000;

let stack: SecureStack;
let admin: Person['api'];

// Nobody but the administrator has rights in the cluster: what the others may do there, they are granted.
beforeAll(async () => {
  const bindings = [
    { role: 'admin', identityProvider: 'development', group: 'admins' },
    { role: 'member', identityProvider: 'development', group: 'developers' },
    { role: 'member', identityProvider: 'development', group: 'viewers' },
  ] as const;
  stack = await startSecureStack({ config: { bindings } });
  admin = (await stack.person('admin')).api;
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

/** Grants somebody who has signed in a role on the cluster, and opens a stream of each kind under it. */
async function openUnderGrant(who: RoleName, role = 'developer', duration = '1h') {
  const person = await stack.newPerson(who);
  const grant = await admin.createGrant({
    organization,
    body: {
      ...{ user: person.email, role, duration, reason: 'the shop is down' },
      scope: { kind: 'clusters', clusters: [CLUSTER] },
    },
  });
  const { token } = await person.api.mintKubeCredential({ organization, name: CLUSTER });
  const { ends } = await openEachKind(stack, token);
  const open = stack.upstream.requests.filter(({ isOver }) => !isOver);
  expect(open).toHaveLength(KIND_COUNT);
  return { person, grant, token, ends, open };
}

type UnderGrant = Awaited<ReturnType<typeof openUnderGrant>>;

/** Each stream says why in its own protocol, the upstream is let go, and nothing more gets there. */
async function expectEnded(
  { ends, open, token, person }: UnderGrant,
  { sinceMs, reason, status }: { readonly sinceMs: () => number; readonly reason: RegExp; readonly status: 401 | 403 },
): Promise<void> {
  const ended = await ends;
  await awaitCondition(() => open.every(({ isOver }) => isOver), {
    what: 'the upstream is let go',
    timeoutMs: AT_ONCE_MS,
    everyMs: 5,
  });
  for (const { name, message, atMs } of ended) {
    // In a log there is room for the sentence alone.
    const [sentence, ...code] = message.split(' [');
    expect(sentence, name).toMatch(reason);
    expect(code, name).toEqual(name.startsWith('logs') ? [] : ['ERR_PROXY_ACCESS_ENDED]']);
    expect(atMs - sinceMs(), name).toBeGreaterThanOrEqual(0);
    expect(atMs - sinceMs(), name).toBeLessThan(AT_ONCE_MS);
  }
  await awaitCondition(() => stack.server.proxy.activeCount === 0, { what: 'no stream is open', everyMs: 5 });
  const outcomes = await awaitCondition(
    async () => {
      const events = await stack.auditEvents(100);
      const mine = events.filter(
        ({ code, principal, outcome }) =>
          code === 'proxy.request.completed' &&
          principal?.userName === person.email &&
          outcome?.ended === 'accessEnded',
      );
      return mine.length >= KIND_COUNT && mine;
    },
    { what: 'each end is in the audit log', everyMs: 20 },
  );
  for (const { outcome } of outcomes) expect(outcome?.errorCode).toBe('ERR_PROXY_ACCESS_ENDED');
  const before = stack.upstream.requests.length;
  expect((await stack.call('h2', { token })).status).toBe(status);
  expect(stack.upstream.requests).toHaveLength(before);
}

const ofGrant = ({ id }: Pick<GrantResource, 'id'>, rest: string) =>
  new RegExp(`^access has ended: the grant ${id}${rest}`);

describe('exec, attach, watch, logs and port-forward over each protocol', () => {
  it('SEC-C12 are over at once when their grant is revoked, and say by whom and why', async () => {
    const under = await openUnderGrant('viewer');
    const began = Date.now();
    await admin.revokeGrant({ organization, id: under.grant.id, body: { reason: 'the shop is up again' } });
    await expectEnded(under, {
      sinceMs: () => began,
      reason: ofGrant(
        under.grant,
        ' of role developer was revoked by admin@demo\\.test at [\\d:TZ-]+: "the shop is up again"$',
      ),
      status: 403,
    });
  }, 60_000);

  it('SEC-C12 are over when their grant ends, not before and at once', async () => {
    const under = await openUnderGrant('viewer', 'developer', `${SHORT_GRANT_S}s`);
    await expectEnded(under, {
      sinceMs: () => under.grant.endsAt.getTime(),
      reason: ofGrant(under.grant, ' of role developer ended at [\\d:TZ-]+$'),
      status: 403,
    });
  }, 60_000);

  it('SEC-C12 SEC-E17 are over at once when the role that was granted is deleted', async () => {
    const name = 'for-the-night';
    await admin.createRole({
      organization,
      body: {
        ...{ apiVersion: 'sallyport.dev/v1', kind: 'Role', metadata: { name } },
        spec: { kubernetes: { clusterRoles: ['edit'] } },
      },
    });
    const under = await openUnderGrant('viewer', name);
    const began = Date.now();
    await admin.deleteRole({ organization, name });
    await expectEnded(under, {
      sinceMs: () => began,
      reason: ofGrant(under.grant, ` was revoked at [\\d:TZ-]+: "the role ${name} was deleted"$`),
      status: 403,
    });
  }, 60_000);

  it('SEC-C12 are over at once when whom the grant is for is disabled', async () => {
    const under = await openUnderGrant('developer');
    const name = under.person.email;
    const { apiVersion, kind, spec } = await admin.getUser({ organization, name });
    const began = Date.now();
    await admin.updateUser({
      organization,
      name,
      body: { apiVersion, kind, metadata: { name }, spec: { ...spec, disabled: true } },
    });
    await expectEnded(under, {
      sinceMs: () => began,
      reason: /^access has ended: developer@demo\.test is disabled\. Run `sallyport login`, then try again\.$/,
      status: 401,
    });
    expect(await admin.getGrant({ organization, id: under.grant.id })).toMatchObject({ state: 'revoked' });
  }, 60_000);
});
