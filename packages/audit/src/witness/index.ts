/**
 * Witnesses: places outside of an installation that keep its checkpoints. A log that was set back to an old backup, or signed
 * anew with a stolen key, is perfect by itself; what a witness keeps gives it away (`sallyport audit verify --anchor`).
 *
 * Another one is a {@link CheckpointWitness}: one method.
 *
 * @packageDocumentation
 */
export type { FileWitnessOptions } from './file.ts';
export { createFileWitness } from './file.ts';
export type { GitWitnessOptions } from './git.ts';
export { createGitWitness } from './git.ts';
export type { S3WitnessOptions } from './s3.ts';
export { createS3Witness } from './s3.ts';
export type { CheckpointWitness, WitnessedCheckpoint } from './witness.ts';
export { checkpointPath } from './witness.ts';
