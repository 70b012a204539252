import { createId, type Principal } from '@sallyport/core';
import { API_VERSION } from '@sallyport/core/api';
import { type BrowserPage, createBrowser } from '@sallyport/core/testing';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginLogin,
  type CommandLine,
  discover,
  finishLogin,
  logIn,
  REDIRECT_URI,
} from '../authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../authn/testing/installation.ts';
import { createSoftwareAuthenticator } from '../authn/testing/software-authenticator.ts';
import { putBinding, putRole } from '../testing/writes.ts';

const PASSWORD = 'seven small boats';

describe('local users by the REST API', () => {
  let installation: Installation;
  let admin: CommandLine;
  const organization = 'acme';
  beforeAll(async () => {
    installation = await startInstallation({ hostName: 'localhost' });
    await allow('admins', ['users.read', 'users.create', 'users.update']);
    await allow('viewers', ['users.read', 'users.create', 'users.update']);
    admin = await logIn(installation, 'ada@example.com');
  });
  afterAll(() => installation.close());

  /** Gives a group of the provider platform permissions in the organization. */
  async function allow(group: string, permissions: readonly string[]): Promise<void> {
    const organizationId = installation.organization.id;
    const id = createId('role');
    const role = { id, organizationId, name: `test-${id.slice(-8)}`, ceilingGroups: [], permissions };
    await installation.store.transact(async (tx) => {
      await putRole(tx, role);
      await putBinding(tx, {
        id: createId('binding'),
        organizationId,
        roleId: role.id,
        subjects: [{ kind: 'group', issuer: installation.provider.issuer, name: group }],
        scope: { kind: 'organization' },
      });
    });
    await installation.snapshots.refresh();
  }

  async function create(name: string) {
    const document = { apiVersion: API_VERSION, kind: 'User', metadata: { name }, spec: {} } as const;
    await admin.api.createUser({ organization, body: document });
    return admin.api.inviteUser({ organization, name });
  }

  const browse = () => createBrowser({ fetch: installation.fetch, leaveAt: (url) => url.startsWith(REDIRECT_URI) });
  const codeOf = (secret: string, steps = 0) =>
    new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 });

  async function openLink(link: string) {
    const browser = browse();
    const { origin, pathname, hash } = new URL(link);
    const asked = shown(await browser.open(origin + pathname));
    const page = shown(await browser.submit(formOf(asked), { token: hash.slice(1) }));
    return { browser, page, secret: /secret=([A-Z2-7]+)/.exec(page.body)?.[1] ?? '' };
  }

  /** Sets a password and a code app up, and signs in with them. */
  async function signInBy(link: string, userName: string) {
    const { browser, page, secret } = await openLink(link);
    expect(page.status, page.body).toBe(200);
    await browser.submit(formOf(page), { password: PASSWORD, code: codeOf(secret, -1) });
    return { secret, line: await signIn(userName, PASSWORD, codeOf(secret)) };
  }

  async function signIn(userName: string, password: string, code: string): Promise<CommandLine> {
    const browser = browse();
    const configuration = await discover(installation);
    const login = await beginLogin(configuration, installation.publicUrl);
    const page = shown(await browser.open(login.authorizationUrl));
    const answer = shown(await browser.submit(formOf(page), { userName, password, code }));
    await browser.open(answer.links[0] ?? '');
    return finishLogin(installation, configuration, login, browser.location);
  }

  const principalOf = (name: string): Principal | undefined =>
    installation.snapshots.current().find('Principal', name, installation.organization.id);
  const events = async (code: string) =>
    (await installation.store.listAudit({ limit: 1_000 })).filter((event) => event.code === code);

  it('are created, invited by a link, and sign in', async () => {
    const { link, expiresAt } = await create('lin@example.com');
    expect(link).toMatch(/^https:\/\/localhost:\d+\/login\/local\/link#sil_[\w-]{43}$/);
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    const { line } = await signInBy(link, 'lin@example.com');
    expect((await line.api.whoAmI()).principal.id).toBe(principalOf('lin@example.com')?.id);
    expect(await admin.api.getUserFactors({ organization, name: 'lin@example.com' })).toEqual({
      hasPassword: true,
      mustChangePassword: false,
      hasTotp: true,
      recoveryCodesLeft: 10,
      passkeys: [],
    });
    await expect(admin.api.inviteUser({ organization, name: 'lin@example.com' })).rejects.toMatchObject({
      problem: { status: 409, code: 'ERR_API_CONFLICT' },
    });
    const [invited] = await events('user.invited');
    expect(invited).toMatchObject({ principal: { userName: 'ada@example.com' }, details: { user: 'lin@example.com' } });
    expect(JSON.stringify(invited)).not.toContain('sil_');
  });

  it('refuses a lifetime of nothing and one beyond the limit', async () => {
    await create('mo@example.com');
    for (const lifetime of ['0s', '31d']) {
      await expect(
        admin.api.inviteUser({ organization, name: 'mo@example.com', body: { lifetime } }),
      ).rejects.toMatchObject({
        problem: { status: 400, code: 'ERR_API_REQUEST_INVALID' },
      });
    }
    const { expiresAt } = await admin.api.inviteUser({
      organization,
      name: 'mo@example.com',
      body: { lifetime: '1h' },
    });
    expect(Math.round((expiresAt.getTime() - Date.now()) / 60_000)).toBe(60);
  });

  it('SEC-E19 reset at once: sessions end, the old sign-in is gone, a recovery link makes a new one', async () => {
    const { link } = await create('ny@example.com');
    const { line } = await signInBy(link, 'ny@example.com');
    const reset = await admin.api.resetUser({ organization, name: 'ny@example.com' });
    expect(reset.endedCount).toBe(1);
    await expect(line.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
    await expect(line.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await admin.api.getUserFactors({ organization, name: 'ny@example.com' })).toMatchObject({
      hasPassword: false,
      hasTotp: false,
      recoveryCodesLeft: 0,
    });
    const { line: again } = await signInBy(reset.link, 'ny@example.com');
    expect((await again.api.whoAmI()).principal.userName).toBe('ny@example.com');
    await expect(line.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
  });

  it('keep their sign-in under another name', async () => {
    const { link } = await create('old@example.com');
    const { secret } = await signInBy(link, 'old@example.com');
    const person = principalOf('old@example.com');
    const document = {
      apiVersion: API_VERSION,
      kind: 'User',
      metadata: { name: 'new@example.com' },
      spec: {},
    } as const;
    await admin.api.updateUser({ organization, name: 'old@example.com', body: document });
    const line = await signIn('new@example.com', PASSWORD, codeOf(secret, 1));
    expect((await line.api.whoAmI()).principal.id).toBe(person?.id);
  });

  it('SEC-E03 are never people of an identity provider', async () => {
    const vera = await logIn(installation, 'vera@example.com');
    const name = 'vera@example.com';
    const refusal = { problem: { status: 409, code: 'ERR_API_CONFLICT' } };
    await expect(admin.api.inviteUser({ organization, name })).rejects.toMatchObject(refusal);
    await expect(admin.api.resetUser({ organization, name })).rejects.toMatchObject(refusal);
    await expect(admin.api.demandPasswordChange({ organization, name })).rejects.toMatchObject(refusal);
    await expect(admin.api.getUserFactors({ organization, name })).rejects.toMatchObject(refusal);
    await expect(vera.api.getMyFactors()).rejects.toMatchObject(refusal);
    await expect(vera.api.beginMyPasskey()).rejects.toMatchObject(refusal);
    await expect(vera.api.beginMyTotp()).rejects.toMatchObject(refusal);
    await expect(vera.api.setMyPassword({ body: { password: PASSWORD } })).rejects.toMatchObject(refusal);
    expect((await vera.api.whoAmI()).principal.userName).toBe(name);
  });

  it('SEC-E03 are neither invited nor reset where they are switched off', async () => {
    await create('off@example.com');
    const record = { ...installation.organization };
    const set = async (disableLocalUsers: boolean) => {
      await installation.store.transact((tx) =>
        tx.put('Organization', { ...record, spec: { settings: { disableLocalUsers } } }),
      );
      await installation.snapshots.refresh();
    };
    await set(true);
    try {
      for (const call of [admin.api.inviteUser, admin.api.resetUser] as const) {
        await expect(call({ organization, name: 'off@example.com' })).rejects.toMatchObject({
          problem: { status: 409, code: 'ERR_API_CONFLICT', detail: 'this organization has no local users' },
        });
      }
    } finally {
      await set(false);
    }
  });

  it('SEC-E03 are signed out when local users are switched off', async () => {
    await allow('admins', ['organizations.read', 'organizations.update']);
    const { link } = await create('out@example.com');
    const { line } = await signInBy(link, 'out@example.com');
    const set = (disableLocalUsers: boolean) =>
      admin.api.updateOrganization({
        organization,
        body: {
          apiVersion: API_VERSION,
          kind: 'Organization',
          metadata: { name: organization },
          spec: { settings: { disableLocalUsers } },
        },
      });
    await set(true);
    try {
      await expect(line.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
      await expect(admin.api.whoAmI()).resolves.toHaveProperty('principal');
    } finally {
      await set(false);
    }
    await expect(line.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
  });

  it('SEC-E06 are handed over by nobody who holds less than they do', async () => {
    await create('chief@example.com');
    const chief = principalOf('chief@example.com');
    if (chief === undefined) throw new Error('was created');
    await installation.store.transact((tx) =>
      putBinding(tx, {
        id: createId('binding'),
        organizationId: installation.organization.id,
        roleId: installation.roles.admin.id,
        subjects: [{ kind: 'principal', id: chief.id }],
        scope: { kind: 'organization' },
      }),
    );
    await installation.snapshots.refresh();
    const vera = await logIn(installation, 'vera@example.com');
    for (const call of [vera.api.inviteUser, vera.api.resetUser] as const) {
      await expect(call({ organization, name: 'chief@example.com' })).rejects.toMatchObject({
        problem: { status: 403, code: 'ERR_API_EXCEEDS_AUTHORITY' },
      });
    }
    await expect(admin.api.inviteUser({ organization, name: 'chief@example.com' })).resolves.toHaveProperty('link');
  });

  it('look after their own factors', async () => {
    const { link } = await create('me@example.com');
    const { line } = await signInBy(link, 'me@example.com');
    const { api } = line;
    const authenticator = createSoftwareAuthenticator(installation.publicUrl);

    const { options } = await api.beginMyPasskey();
    const answer = authenticator.create(options) as Record<string, unknown>;
    const passkey = await api.addMyPasskey({ body: { answer, displayName: 'Laptop\u0007' } });
    expect(passkey).toMatchObject({ displayName: 'Laptop', isSynced: false });
    await expect(api.addMyPasskey({ body: { answer } })).rejects.toMatchObject({
      problem: { status: 400, code: 'ERR_API_REQUEST_INVALID' },
    });
    expect((await api.getMyFactors()).passkeys).toEqual([passkey]);
    expect((await api.beginMyPasskey()).options).toMatchObject({ excludeCredentials: [{ id: answer['id'] }] });

    const totp = await api.beginMyTotp();
    await expect(api.confirmMyTotp({ body: { code: '000000' } })).rejects.toMatchObject({ problem: { status: 400 } });
    const { recoveryCodes } = await api.confirmMyTotp({ body: { code: codeOf(totp.secret, -1) } });
    expect(recoveryCodes).toHaveLength(10);
    expect((await api.replaceMyRecoveryCodes()).recoveryCodes).not.toEqual(recoveryCodes);
    await expect(api.setMyPassword({ body: { password: 'short' } })).rejects.toMatchObject({
      problem: { status: 400 },
    });
    await api.setMyPassword({ body: { password: 'nine tall ships' } });
    const again = await signIn('me@example.com', 'nine tall ships', codeOf(totp.secret));
    expect((await again.api.whoAmI()).principal.userName).toBe('me@example.com');

    await expect(api.removeMyPasskey({ id: createId('passkey') })).rejects.toMatchObject({ problem: { status: 404 } });
    await api.removeMyPasskey({ id: passkey.id });
    expect((await api.getMyFactors()).passkeys).toEqual([]);
    for (const code of [
      'user.passkey.added',
      'user.totp.enrolled',
      'user.recovery_codes.issued',
      'user.password.changed',
      'user.passkey.removed',
    ] as const) {
      expect((await events(code))[0]).toMatchObject({ code, principal: { userName: 'me@example.com' } });
    }
  });

  it('keep at least one way to sign in, and touch no passkey of another', async () => {
    const { link } = await create('key@example.com');
    const opened = await openLink(link);
    const setup = formOf(opened.page).fields.find(({ name }) => name === 'setup')?.value ?? '';
    const send = async (path: string, body: object) =>
      JSON.parse(
        await (
          await installation.fetch(`${installation.publicUrl}/login/local/setup/passkey${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
            redirect: 'manual',
          })
        ).text(),
      );
    const authenticator = createSoftwareAuthenticator(installation.publicUrl);
    const answer = authenticator.create(await send('/options', { setup }));
    expect(await send('', { setup, answer })).toEqual({ location: '/login/local/ready' });
    const line = await signInByPasskey(authenticator);
    const [passkey] = (await line.api.getMyFactors()).passkeys;
    if (passkey === undefined) throw new Error('was made');
    await expect(line.api.removeMyPasskey({ id: passkey.id })).rejects.toMatchObject({
      problem: { status: 400, detail: 'this passkey is all that you sign in with' },
    });
    const { link: others } = await create('other@example.com');
    const { line: other } = await signInBy(others, 'other@example.com');
    await expect(other.api.removeMyPasskey({ id: passkey.id })).rejects.toMatchObject({ problem: { status: 404 } });
  });

  it('demand a new proof before factors change under an old login', async () => {
    const { link } = await create('stale@example.com');
    const { line } = await signInBy(link, 'stale@example.com');
    const session = installation.snapshots.current().loginSessions.get(line.sessionId);
    if (session === undefined) throw new Error('is live');
    const authenticatedAt = new Date(Date.now() - 901_000);
    await installation.store.transact((tx) => tx.putLoginSession({ ...session, authenticatedAt }));
    await installation.snapshots.refresh();
    await expect(line.api.getMyFactors()).resolves.toHaveProperty('hasPassword', true);
    for (const call of [line.api.beginMyPasskey, line.api.beginMyTotp, line.api.replaceMyRecoveryCodes] as const) {
      await expect(call()).rejects.toMatchObject({ problem: { code: 'ERR_API_STEP_UP_REQUIRED' } });
    }
  });

  async function signInByPasskey(authenticator: ReturnType<typeof createSoftwareAuthenticator>): Promise<CommandLine> {
    const cookies: string[] = [];
    const browser = createBrowser({
      fetch: async (url, init) => {
        const response = await installation.fetch(url, init);
        cookies.push(...response.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? ''));
        return response;
      },
      leaveAt: (url) => url.startsWith(REDIRECT_URI),
    });
    const configuration = await discover(installation);
    const login = await beginLogin(configuration, installation.publicUrl);
    const page = shown(await browser.open(login.authorizationUrl));
    const path = `${new URL(formOf(page).action).pathname}/passkey`;
    const send = async (url: string, body: object) =>
      JSON.parse(
        await (
          await installation.fetch(installation.publicUrl + url, {
            method: 'POST',
            headers: { 'content-type': 'application/json', cookie: cookies.join('; ') },
            body: JSON.stringify(body),
            redirect: 'manual',
          })
        ).text(),
      );
    const answer = authenticator.get(await send(`${path}/options`, {}));
    const { location } = await send(path, { answer });
    await browser.open(location);
    return finishLogin(installation, configuration, login, browser.location);
  }
});

function shown(page: BrowserPage | undefined): BrowserPage {
  if (page === undefined) throw new Error('the browser left');
  return page;
}

function formOf(page: BrowserPage): BrowserPage['forms'][number] {
  const [form] = page.forms;
  if (form === undefined) throw new Error(`no form at ${page.url}: ${page.body}`);
  return form;
}
