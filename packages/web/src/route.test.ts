import { describe, expect, it } from 'vitest';
import { webPages } from './assets.ts';
import { paths, readRoute } from './route.ts';

const route = (path: string) => readRoute(new URL(path, 'https://sallyport.example.com'));

describe('readRoute', () => {
  it('reads where access is asked for, absent names as none', () => {
    expect(route('/access/new?cluster=demo&namespace=shop&role=developer')).toEqual({
      page: 'newRequest',
      place: { cluster: 'demo', namespace: 'shop', role: 'developer' },
    });
    expect(route('/access/new')).toEqual({ page: 'newRequest', place: { cluster: '', namespace: '', role: '' } });
  });

  it('reads no more of a name than names have', () => {
    expect(route(`/access/new?role=${'x'.repeat(1_000_000)}`)).toMatchObject({ place: { role: 'x'.repeat(63) } });
  });

  it('reads the id of a request, and takes everything else for home', () => {
    expect(route('/access/requests/req_01abc')).toEqual({ page: 'request', id: 'req_01abc' });
    for (const path of ['/', '/access', '/access/requests/', '/access/requests/a/b', '/access/requests/%2e%2e']) {
      expect(route(path)).toEqual({ page: 'landing' });
    }
  });
});

describe('paths', () => {
  it('lead to pages that the server answers, and are read as what they were made of', () => {
    const place = { cluster: 'demo', namespace: '', role: 'a&b=c#d' };
    for (const [path, want] of [
      [paths.newRequest(place), { page: 'newRequest', place }],
      [paths.request('req_01abc'), { page: 'request', id: 'req_01abc' }],
    ] as const) {
      const { pathname } = new URL(path, 'https://sallyport.example.com');
      expect(webPages.filter((page) => page.test(pathname))).toHaveLength(1);
      expect(route(path)).toEqual(want);
    }
  });

  it('name the way back whole when they lead to signing in', () => {
    const back = paths.newRequest({ cluster: 'demo', role: 'developer' });
    expect(new URL(paths.signIn(back), 'https://x.example').searchParams.get('returnTo')).toBe(back);
  });
});
