import { stringify } from 'yaml';
import { CoreError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { ownerExtension } from './owner.ts';
import type { CertificateUser, HeldCredential, Kubeconfig, PluginUser, TokenUser } from './types.ts';

/** A credential to be written into a kubeconfig in place of the plugin. Whoever reads the file holds it. */
export type KubeconfigCredential = Pick<HeldCredential, 'id' | 'expiresAt'> &
  (
    | { readonly kind: 'token'; readonly token: Secret }
    | { readonly kind: 'certificate'; readonly certificatePem: string; readonly privateKeyPem: Secret }
  );

/** A cluster to write a context for. */
export interface KubeconfigCluster {
  /** Name of the cluster in its organization. */
  readonly name: string;
  /** Where kubectl sends requests: with the cluster's path prefix, or a host name of the cluster's own. `https` only. */
  readonly server: string;
  /** CA of the server's certificate, PEM. Leave out when the machine's own trust store has it. */
  readonly caPem?: string;
  /** Name that the server's certificate is checked against, when it differs from the URL's host. */
  readonly tlsServerName?: string;
  /** Defaults to `sallyport/<organization>/<cluster>`. */
  readonly contextName?: string;
  /** Namespace of the context. A merge keeps what stands in the file when this is left out. */
  readonly namespace?: string;
  /** Absent: the user is the exec credential plugin. */
  readonly credential?: KubeconfigCredential;
}

/** Options of {@link mintKubeconfig}. */
export interface KubeconfigOptions {
  /** Public URL of the Sallyport server: whose entries these are. */
  readonly server: string;
  readonly organization: string;
  /** User name of the account that the entries act as; kept beside them. */
  readonly account?: string;
  readonly clusters: readonly KubeconfigCluster[];
  /** Program that kubectl runs for credentials of clusters without one: the shim, or the CLI itself. An absolute path, since
   * kubectl reads others against the file's folder. */
  readonly command: string;
  /** Words in front of `--cluster NAME`. Defaults to none, which is what the shim takes. */
  readonly args?: readonly string[];
  /** What kubectl prints when the command is missing. */
  readonly installHint?: string;
  /** Name of the cluster whose context becomes the current one. Left out, the current context stays. */
  readonly currentCluster?: string;
}

/** The exec credential API version that every kubectl from 1.20 on takes; `v1` is unknown to 1.20 and 1.21. */
export const EXEC_API_VERSION = 'client.authentication.k8s.io/v1beta1';

/**
 * Makes the kubeconfig entries for clusters: TLS verification on, and no secret inside unless a cluster brings a credential.
 * All other users are exec credential plugins of `client.authentication.k8s.io/v1beta1` and are told their cluster. Pure:
 * nothing is read or written.
 * @throws CoreError `ERR_KUBECONFIG_INSECURE` when a server is not an https URL
 */
export function mintKubeconfig(options: KubeconfigOptions): Kubeconfig {
  const { organization, account, currentCluster } = options;
  const entries = options.clusters.map((cluster) => {
    const { name: clusterName, caPem, tlsServerName, namespace } = cluster;
    const name = `sallyport/${organization}/${clusterName}`;
    const owner = {
      server: options.server,
      organization,
      cluster: clusterName,
      ...(account !== undefined && { account }),
      ...(cluster.credential && { credential: heldOf(cluster.credential) }),
    };
    const mark = ownerExtension(owner);
    return {
      clusterName,
      cluster: {
        name,
        cluster: {
          server: httpsUrl(cluster.server),
          ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }),
          ...(caPem !== undefined && { 'certificate-authority-data': base64(caPem) }),
          // kubectl hands `config` of this extension to the plugin in KUBERNETES_EXEC_INFO.
          extensions: [{ name: 'client.authentication.k8s.io/exec', extension: owner }, mark],
        },
      },
      user: {
        name,
        user: { ...userOf(options, cluster), extensions: [mark] },
      },
      context: {
        name: cluster.contextName ?? name,
        context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }), extensions: [mark] },
      },
    };
  });
  const current = entries.find((entry) => entry.clusterName === currentCluster)?.context.name;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: entries.map((entry) => entry.cluster),
    users: entries.map((entry) => entry.user),
    contexts: entries.map((entry) => entry.context),
    ...(current !== undefined && { 'current-context': current }),
  };
}

function heldOf({ kind, id, expiresAt }: KubeconfigCredential): HeldCredential {
  return { kind, id, expiresAt };
}

function userOf(
  { command, args = [], installHint }: KubeconfigOptions,
  { name, credential }: KubeconfigCluster,
): PluginUser | TokenUser | CertificateUser {
  switch (credential?.kind) {
    case 'token':
      return { token: credential.token.reveal() };
    case 'certificate':
      return {
        'client-certificate-data': base64(credential.certificatePem),
        'client-key-data': base64(credential.privateKeyPem.reveal()),
      };
    case undefined:
      return {
        exec: {
          apiVersion: EXEC_API_VERSION,
          command,
          args: [...args, '--cluster', name],
          env: null,
          interactiveMode: 'IfAvailable',
          provideClusterInfo: true,
          ...(installHint !== undefined && { installHint }),
        },
      };
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Writes a kubeconfig as the text of a file of its own. */
export function formatKubeconfig(kubeconfig: Kubeconfig): string {
  return stringify(kubeconfig, { lineWidth: 0, blockQuote: false, aliasDuplicateObjects: false });
}

function httpsUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === '') return text;
  throw new CoreError({
    code: 'ERR_KUBECONFIG_INSECURE',
    message: `kubeconfig server ${JSON.stringify(url === undefined ? text.slice(0, 64) : url.origin)} is not a plain https URL`,
    nextStep: 'Give the server a certificate and use its https URL; TLS verification is never switched off.',
  });
}
