/**
 * Kubeconfig files and the exec credential plugin that they name.
 *
 * Start with {@link mintKubeconfig} and {@link mergeKubeconfig}, pure functions over text, and {@link updateKubeconfigFile},
 * which does the reading, locking and writing around them. {@link formatCredentialShim} renders the plugin itself. A
 * kubeconfig is treated as data: nothing that it names is ever run, opened or dialled here, and there is no way to switch
 * TLS verification off.
 *
 * @packageDocumentation
 */
export type { CredentialShimOptions } from './credential-shim.ts';
export { formatCredentialShim } from './credential-shim.ts';
export type { ExecCredentialOptions } from './exec-credential.ts';
export { formatCredentialCache, formatExecCredential } from './exec-credential.ts';
export type { UpdateKubeconfigOptions } from './file.ts';
export { readKubeconfigFile, updateKubeconfigFile } from './file.ts';
export type { KubeconfigRemoval, OwnedContext } from './merge.ts';
export { listOwnedContexts, mergeKubeconfig, removeFromKubeconfig, selectContext } from './merge.ts';
export type { KubeconfigCluster, KubeconfigCredential, KubeconfigOptions } from './mint.ts';
export { EXEC_API_VERSION, formatKubeconfig, mintKubeconfig } from './mint.ts';
export type { KubeconfigPathOptions } from './paths.ts';
export { chooseKubeconfigToWrite, resolveKubeconfigPaths } from './paths.ts';
export type {
  CertificateUser,
  ClusterEntry,
  ContextEntry,
  HeldCredential,
  Kubeconfig,
  KubeconfigOwner,
  PluginUser,
  TokenUser,
  UserEntry,
} from './types.ts';
