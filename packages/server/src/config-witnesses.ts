import { createFileWitness, createGitWitness, createS3Witness } from '@sallyport/audit/witness';
import { type Clock, Secret } from '@sallyport/core';
import { z } from 'zod';
import type { ScheduledWitness } from './audit/witness-job.ts';
import { durationOf } from './config-logins.ts';

const MIN_INTERVAL_MS = 1_000;
const DEFAULT_INTERVAL_MS = 600_000;
const DAY_MS = 86_400_000;

/** What the configuration says about one witness of the audit log. */
export const witnessSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: a-z, 0-9 and -'),
    interval: z
      .string()
      .refine((text) => durationOf(text) >= MIN_INTERVAL_MS, 'must be a duration from 1s on')
      .optional(),
    file: z.strictObject({ folder: z.string().min(1) }).optional(),
    git: z
      .strictObject({
        repository: z.string().min(1),
        remote: z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of a remote')
          .optional(),
      })
      .optional(),
    s3: z
      .strictObject({
        endpoint: z.url({ protocol: /^https?$/ }),
        bucket: z.string().min(3).max(63),
        region: z.string().min(1).max(64).optional(),
        prefix: z.string().max(256).optional(),
        accessKeyId: z.string().min(1).max(128),
        secretAccessKeyFile: z.string().min(1),
        lockDays: z.int().min(1).max(36_500).optional(),
      })
      .optional(),
  })
  .refine(({ file, git, s3 }) => [file, git, s3].filter((one) => one !== undefined).length === 1, {
    error: 'name exactly one of file, git and s3',
  });

/** A witness of the configuration, with the secrets that its files hold. */
export type WitnessConfig = z.infer<typeof witnessSchema> & { readonly secretAccessKey?: Secret };

/** Reads what a file says about witnesses; `read` reads the files that it names. */
export function witnessesOf(
  witnesses: readonly z.infer<typeof witnessSchema>[],
  read: (path: string, what: string) => Secret | undefined,
): readonly WitnessConfig[] {
  return witnesses.map((witness, at) => {
    const path = witness.s3?.secretAccessKeyFile;
    const secret = path === undefined ? undefined : read(path, `audit.witnesses[${at}].s3.secretAccessKeyFile`);
    return { ...witness, ...(secret && { secretAccessKey: secret }) };
  });
}

/** Makes the witnesses of the configuration. Nothing is opened before the first checkpoint. */
export function openWitnesses(witnesses: readonly WitnessConfig[], clock: Clock): readonly ScheduledWitness[] {
  return witnesses.map(({ name, interval, file, git, s3, secretAccessKey = new Secret('') }) => {
    const intervalMs = interval === undefined ? DEFAULT_INTERVAL_MS : durationOf(interval);
    if (file !== undefined) return { intervalMs, witness: createFileWitness({ name, folder: file.folder }) };
    if (git !== undefined) {
      const { repository, remote } = git;
      return { intervalMs, witness: createGitWitness({ name, repository, ...(remote !== undefined && { remote }) }) };
    }
    const { endpoint = '', bucket = '', accessKeyId = '', region, prefix, lockDays } = s3 ?? {};
    const witness = createS3Witness({
      ...{ name, endpoint, bucket, accessKeyId, secretAccessKey, clock },
      ...(region !== undefined && { region }),
      ...(prefix !== undefined && { prefix }),
      ...(lockDays !== undefined && { lockMs: lockDays * DAY_MS }),
    });
    return { intervalMs, witness };
  });
}
