/**
 * The signer: a process of its own that holds the keys which sign capabilities, so that a server which is taken over, or
 * copied with its database and encryption key, holds nothing that lets anybody into a cluster.
 *
 * {@link initSigner} sets one up, {@link loadSignerConfig} and {@link runSigner} run it; a server names it under `signer` in
 * its configuration. {@link createSigner} is the part that judges and signs, for mounting elsewhere, and {@link KeyStore}
 * what it keeps its keys in: an embedder whose keys are unwrapped by a KMS hands in its own. What is left out: whether a
 * person may do what the capability says. That is the server's to decide; the signer only bounds it and writes it down.
 *
 * @packageDocumentation
 */
export type { CapabilityAuthority } from '../pki/capability-authority.ts';
export { loadCapabilityAuthority } from '../pki/capability-authority.ts';
export type { KeyStore } from '../pki/rotate-keys.ts';
export type { SignerConfig } from './config.ts';
export { loadSignerConfig, SIGNER_DEFAULTS } from './config.ts';
export type { SignerErrorCode } from './errors.ts';
export { SignerError } from './errors.ts';
export type { InitialisedSigner, InitSignerOptions } from './init-signer.ts';
export { initSigner } from './init-signer.ts';
export type { KeyFile, KeyFileOptions } from './key-file.ts';
export { createKeyFile } from './key-file.ts';
export type { SignerAddress, SignerListener } from './listen.ts';
export { listenAsSigner } from './listen.ts';
export type { SignerRule, SignerRules } from './rules.ts';
export { DEFAULT_SIGNER_RULES } from './rules.ts';
export type { RunningSigner, StartSignerOptions } from './run-signer.ts';
export { runSigner, startSigner } from './run-signer.ts';
export { serveSigner } from './serve-signer.ts';
export type { Signer, SignerOptions } from './signer.ts';
export { createSigner } from './signer.ts';
export type { SignerClient, SignerTarget } from './signer-client.ts';
export { createSignerClient } from './signer-client.ts';
export type { SignerKeyManagement } from './signer-keys.ts';
export { openSignerKeyManagement } from './signer-keys.ts';
export type { LogSync, SigningLog } from './signing-log.ts';
export { openSigningLog } from './signing-log.ts';
