import { describe, expect, it } from 'vitest';
import { admitLocal } from './local-access.ts';

const TOKEN = 'the-token-of-this-run';
const HOST = ['Host', '127.0.0.1:8001'];

const ask = (target: string, headers: readonly string[] = HOST) => admitLocal({ target, headers }, { token: TOKEN });
const askOpen = (target: string) => admitLocal({ target, headers: HOST }, {});
const refusalOf = (outcome: ReturnType<typeof ask>) => ('refusal' in outcome ? outcome.refusal.code : undefined);

describe('admitLocal', () => {
  it('takes the token from the path or from the header, and carries the rest', () => {
    expect(ask(`/${TOKEN}/api/v1/pods?watch=1`)).toEqual({ target: '/api/v1/pods?watch=1' });
    expect(ask(`/${TOKEN}`)).toEqual({ target: '/' });
    expect(ask(`/${TOKEN}?a=b`)).toEqual({ target: '/?a=b' });
    expect(ask('/api', [...HOST, 'Authorization', `Bearer ${TOKEN}`])).toEqual({ target: '/api' });
  });

  it('refuses whoever does not have the token', () => {
    for (const [target, headers] of [
      ['/api', HOST],
      ['/', HOST],
      [`/${TOKEN}x/api`, HOST],
      [`/${TOKEN.slice(1)}/api`, HOST],
      [`/api?token=${TOKEN}`, HOST],
      ['/api', [...HOST, 'Authorization', 'Bearer wrong']],
      ['/api', [...HOST, 'Authorization', `Basic ${TOKEN}`]],
      ['/api', [...HOST, 'Authorization', `Bearer ${TOKEN}`, 'Authorization', 'Bearer other']],
    ] as const) {
      expect(refusalOf(ask(target, headers)), `${target} ${headers.join(' ')}`).toBe(401);
    }
  });

  it('asks for no token where none was agreed on', () => {
    expect(askOpen('/api')).toEqual({ target: '/api' });
  });

  it('refuses names that a foreign name service may point here, with the token and without', () => {
    for (const host of [
      'evil.example',
      'evil.example:8001',
      '127.0.0.1.evil.example',
      '10.0.0.7:8001',
      'localhost.',
      '',
    ]) {
      expect(refusalOf(ask(`/${TOKEN}/api`, ['Host', host])), host).toBe(403);
    }
    expect(refusalOf(ask(`/${TOKEN}/api`, []))).toBe(403);
    expect(refusalOf(ask(`/${TOKEN}/api`, ['Host', 'localhost', 'Host', 'evil.example']))).toBe(403);
    for (const host of ['localhost:8001', 'LOCALHOST', '[::1]:8001', '127.0.0.1']) {
      expect(ask(`/${TOKEN}/api`, ['Host', host]), host).toEqual({ target: '/api' });
    }
  });

  it('takes further names that the person gives', () => {
    const access = { acceptHosts: ['host.docker.internal'] };
    expect(admitLocal({ target: '/api', headers: ['Host', 'host.docker.internal:8001'] }, access)).toEqual({
      target: '/api',
    });
    expect(refusalOf(admitLocal({ target: '/api', headers: HOST }, access))).toBe(403);
  });

  it('refuses pages of other origins, also those of other ports of this machine', () => {
    for (const more of [
      ['Origin', 'https://evil.example'],
      ['Origin', 'http://127.0.0.1:3000'],
      ['Origin', 'http://localhost:8001'],
      ['Origin', 'https://127.0.0.1:8001'],
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Site', 'same-site'],
    ]) {
      expect(refusalOf(ask(`/${TOKEN}/api`, [...HOST, ...more])), more.join(' ')).toBe(403);
    }
    expect(ask(`/${TOKEN}/api`, [...HOST, 'Origin', 'http://127.0.0.1:8001', 'Sec-Fetch-Site', 'same-origin'])).toEqual(
      {
        target: '/api',
      },
    );
  });

  it('refuses a request that says who it acts as, in any spelling, rather than carrying it out as more', () => {
    for (const name of ['Impersonate-User', 'impersonate-group', 'IMPERSONATE-EXTRA-x', 'Impersonate_User']) {
      const outcome = ask(`/${TOKEN}/api`, [...HOST, name, 'viewer']);
      expect(refusalOf(outcome), name).toBe(403);
      expect(JSON.stringify(outcome)).toContain('ERR_CLI_LOCAL_PROXY_REFUSED');
    }
  });

  it('refuses addresses that name a host of their own', () => {
    for (const target of ['http://evil.example/api', '//evil.example/api', '*', 'evil.example:443', '']) {
      expect(refusalOf(askOpen(target)), target).toBe(400);
    }
    expect(ask(`/${TOKEN}//evil.example/api`)).toEqual({ target: '//evil.example/api' });
  });
});
