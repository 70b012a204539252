import { Secret, silentLogger, systemClock } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { OauthRows } from '../stores/contracts.ts';
import { createDevelopmentProvider } from './development-provider.ts';

describe('createDevelopmentProvider', () => {
  it('SEC-H11 refuses production mode', () => {
    const create = () =>
      createDevelopmentProvider({
        mode: 'production',
        publicUrl: 'https://sallyport.example.com',
        users: [],
        clientSecret: new Secret('secret'),
        redirectUri: 'https://sallyport.example.com/login/callback/acme/development',
        rows: {} as OauthRows,
        clock: systemClock,
        logger: silentLogger,
      });
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_DEVELOPMENT_PROVIDER_REFUSED' }));
  });
});
