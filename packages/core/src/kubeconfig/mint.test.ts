import { describe, expect, it } from 'vitest';
import { mintKubeconfig } from './mint.ts';

describe('mintKubeconfig', () => {
  it('makes a cluster, a user that is an exec credential plugin, and a context', () => {
    const minted = mintKubeconfig({
      server: 'https://sallyport.test',
      organization: 'acme',
      clusters: [
        { name: 'prod', server: 'https://sallyport.test/k/acme/prod', caPem: 'PEM\n', namespace: 'team-a' },
        { name: 'dev', server: 'https://dev.k.sallyport.test', tlsServerName: 'front', contextName: 'my-dev' },
      ],
      command: '/bin/shim',
      args: ['kube', 'credential'],
      installHint: 'install it',
      currentCluster: 'dev',
    });
    const owner = { server: 'https://sallyport.test', organization: 'acme', cluster: 'prod' };
    const mark = { name: 'sallyport.dev/owner', extension: owner };
    expect(minted.clusters[0]).toEqual({
      name: 'sallyport/acme/prod',
      cluster: {
        server: 'https://sallyport.test/k/acme/prod',
        'certificate-authority-data': 'UEVNCg==',
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: owner }, mark],
      },
    });
    expect(minted.users[0]).toEqual({
      name: 'sallyport/acme/prod',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1beta1',
          command: '/bin/shim',
          args: ['kube', 'credential', '--cluster', 'prod'],
          env: null,
          interactiveMode: 'IfAvailable',
          provideClusterInfo: true,
          installHint: 'install it',
        },
        extensions: [mark],
      },
    });
    expect(minted.contexts[0]).toEqual({
      name: 'sallyport/acme/prod',
      context: { cluster: 'sallyport/acme/prod', user: 'sallyport/acme/prod', namespace: 'team-a', extensions: [mark] },
    });
    expect(minted.clusters[1]?.cluster).toMatchObject({
      server: 'https://dev.k.sallyport.test',
      'tls-server-name': 'front',
    });
    expect(minted['current-context']).toBe('my-dev');
  });

  for (const server of [
    'http://sallyport.test',
    'sallyport.test',
    '',
    'https://ada:secret@sallyport.test',
    'file:///etc',
  ]) {
    it(`SEC-G06 refuses ${JSON.stringify(server)} as a server`, () => {
      const mint = () =>
        mintKubeconfig({
          server: 'https://sallyport.test',
          organization: 'acme',
          clusters: [{ name: 'prod', server }],
          command: '/bin/shim',
        });
      expect(mint).toThrow(expect.objectContaining({ code: 'ERR_KUBECONFIG_INSECURE' }));
      expect(mint).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
    });
  }

  it('SEC-G06 holds no secret and nothing that switches TLS verification off', () => {
    const text = JSON.stringify(
      mintKubeconfig({
        server: 'https://sallyport.test',
        organization: 'acme',
        clusters: [{ name: 'prod', server: 'https://sallyport.test/k/acme/prod' }],
        command: '/bin/shim',
      }),
    );
    expect(text).not.toMatch(/insecure|token|password|key-data/);
  });
});
