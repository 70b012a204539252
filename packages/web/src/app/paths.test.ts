import { describe, expect, it } from 'vitest';
import { webPages } from '../assets.ts';
import { paths } from './paths.ts';

const isServed = (path: string) => {
  const { pathname } = new URL(path, 'https://sallyport.example.com');
  return pathname === '/' || webPages.filter((page) => page.test(pathname)).length === 1;
};

describe('paths', () => {
  it('lead to pages that the server answers, whatever they are made of', () => {
    const { home, newCluster, account, device, signInPage, requests, grants, clusters, audit, people, settings } =
      paths;
    for (const path of [home, newCluster, account, device, signInPage]) expect(isServed(path), path).toBe(true);
    for (const path of [requests, grants, clusters, audit, people, settings]) {
      expect(isServed(path({ search: 'a/b c' })), path()).toBe(true);
    }
    for (const path of [paths.request, paths.cluster, paths.recording, paths.role, paths.inbox]) {
      expect(isServed(path("a name/with:all@of*it (and 'this')")), path('a')).toBe(true);
    }
    expect(isServed(paths.clusterTab('prod-eu', 'audit'))).toBe(true);
    expect(isServed(paths.browse('prod-eu', 'apps.v1.deployments/shop/web', { tab: 'yaml' }))).toBe(true);
    expect(isServed(paths.terminal({ cluster: 'prod-eu', command: 'get pods' }))).toBe(true);
    expect(isServed(paths.newRequest({ cluster: 'a&b=c#d' }))).toBe(true);
  });

  it('leave to the server what is its own', () => {
    for (const path of [paths.session, paths.signIn('/'), '/api/v1/me', '/k/acme/demo/api', '/oauth/token'])
      expect(isServed(path), path).toBe(false);
    expect(isServed('/accessories')).toBe(false);
  });

  it('name what is given, and nothing else', () => {
    expect(paths.newRequest({ cluster: 'demo', namespace: '', role: 'a&b' })).toBe(
      '/access/new?cluster=demo&role=a%26b',
    );
    expect(paths.audit()).toBe('/audit');
  });

  it('name the way back whole when they lead to signing in', () => {
    const back = paths.newRequest({ cluster: 'demo', role: 'developer' });
    expect(new URL(paths.signIn(back), 'https://x.example').searchParams.get('returnTo')).toBe(back);
  });
});
