import { describe, expect, it } from 'vitest';
import { chooseKubeconfigToWrite, resolveKubeconfigPaths } from './paths.ts';

describe('resolveKubeconfigPaths', () => {
  const cases: [string | undefined, string, readonly string[]][] = [
    [undefined, ':', ['/home/ada/.kube/config']],
    ['', ':', ['/home/ada/.kube/config']],
    ['::', ':', ['/home/ada/.kube/config']],
    ['/a', ':', ['/a']],
    ['/a::b:', ':', ['/a', 'b']],
    ['C:\\a;D:\\b', ';', ['C:\\a', 'D:\\b']],
  ];
  for (const [kubeconfig, delimiter, want] of cases) {
    it(`reads ${JSON.stringify(kubeconfig)} as ${want.join(' and ')}`, () => {
      expect(resolveKubeconfigPaths({ kubeconfig, delimiter, home: '/home/ada' })).toEqual(want);
    });
  }
});

describe('chooseKubeconfigToWrite', () => {
  it('takes the first file that exists, else the last', () => {
    expect(chooseKubeconfigToWrite(['/a', '/b', '/c'], (path) => path !== '/a')).toBe('/b');
    expect(chooseKubeconfigToWrite(['/a', '/b', '/c'], () => false)).toBe('/c');
    expect(chooseKubeconfigToWrite(['/a'], () => false)).toBe('/a');
  });
});
