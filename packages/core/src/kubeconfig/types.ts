/** Whose an entry is: what Sallyport writes beside every entry of its own, so that it is known again under any name. */
export interface KubeconfigOwner {
  /** Public URL of the Sallyport server. */
  readonly server: string;
  readonly organization: string;
  /** Name of the cluster in its organization. */
  readonly cluster: string;
  /** User name of the account that the entry acts as, where the one who wrote it said so. */
  readonly account?: string;
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

/** A kubeconfig user as we write it: an exec credential plugin, never a secret. */
export interface UserEntry extends NamedEntry {
  readonly user: {
    readonly exec: {
      readonly apiVersion: string;
      readonly command: string;
      readonly args: readonly string[];
      readonly env: null;
      readonly interactiveMode: 'IfAvailable';
      readonly provideClusterInfo: true;
      readonly installHint?: string;
    };
    readonly extensions: readonly NamedExtension[];
  };
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
