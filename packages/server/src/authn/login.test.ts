import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, logInByDevice } from './testing/command-line.ts';
import { type Installation, startInstallation } from './testing/installation.ts';

describe('signing in', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await startInstallation();
  });
  afterAll(() => installation.close());

  it('leads from the browser through the provider to a live login session', async () => {
    const ada = await logIn(installation, 'ada@example.com');
    const who = await ada.api.whoAmI();
    expect(who.principal).toMatchObject({ userName: 'ada@example.com', groups: ['admins'] });
    expect(who.organization.name).toBe('acme');
  });

  it('leads through the device page', async () => {
    const vera = await logInByDevice(installation, 'vera@example.com');
    expect((await vera.api.whoAmI()).principal.userName).toBe('vera@example.com');
  });
});
