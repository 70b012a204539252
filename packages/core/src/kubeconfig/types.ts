/** Whose an entry is: what Sallyport writes beside every entry of its own, so that it is known again under any name. */
export interface KubeconfigOwner {
  /** Public URL of the Sallyport server. */
  readonly server: string;
  readonly organization: string;
  /** Name of the cluster in its organization. */
  readonly cluster: string;
  /** User name of the account that the entry acts as, where the one who wrote it said so. */
  readonly account?: string;
  /** The credential that the file holds. Absent: it names the plugin, and holds none. */
  readonly credential?: HeldCredential;
}

/** What is told beside a credential that a kubeconfig holds; never the credential. */
export interface HeldCredential {
  readonly kind: 'certificate' | 'token';
  readonly id: string;
  readonly expiresAt: Date;
}

/** One entry of `clusters`, `users` or `contexts`. */
export interface NamedEntry {
  readonly name: string;
}

/** A named extension, as kubectl keeps it when it rewrites a kubeconfig. */
export interface NamedExtension {
  readonly name: string;
  readonly extension: unknown;
}

/** A kubeconfig cluster as we write it. */
export interface ClusterEntry extends NamedEntry {
  readonly cluster: {
    readonly server: string;
    readonly 'tls-server-name'?: string;
    readonly 'certificate-authority-data'?: string;
    readonly extensions: readonly NamedExtension[];
  };
}

/** A kubeconfig user that is an exec credential plugin, and holds no secret. */
export interface PluginUser {
  readonly exec: {
    readonly apiVersion: string;
    readonly command: string;
    readonly args: readonly string[];
    readonly env: null;
    readonly interactiveMode: 'IfAvailable';
    readonly provideClusterInfo: true;
    readonly installHint?: string;
  };
}

/** A kubeconfig user that is a static token, in clear. */
export interface TokenUser {
  readonly token: string;
}

/** A kubeconfig user that is a client certificate, with its private key in clear. */
export interface CertificateUser {
  readonly 'client-certificate-data': string;
  readonly 'client-key-data': string;
}

/** A kubeconfig user as we write it. */
export interface UserEntry extends NamedEntry {
  readonly user: (PluginUser | TokenUser | CertificateUser) & { readonly extensions: readonly NamedExtension[] };
}

/** A kubeconfig context as we write it. */
export interface ContextEntry extends NamedEntry {
  readonly context: {
    readonly cluster: string;
    readonly user: string;
    readonly namespace?: string;
    readonly extensions: readonly NamedExtension[];
  };
}

/** A kubeconfig that {@link mintKubeconfig} made. Cluster, user and context at one index belong together. */
export interface Kubeconfig {
  readonly apiVersion: 'v1';
  readonly kind: 'Config';
  readonly clusters: readonly ClusterEntry[];
  readonly users: readonly UserEntry[];
  readonly contexts: readonly ContextEntry[];
  /** Left out when no cluster was chosen: a merge then keeps the current context. */
  readonly 'current-context'?: string;
}
