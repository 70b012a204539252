import type { Secret } from '@sallyport/core';
import { z } from 'zod';
import type { RecordingsConfig } from './recordings/blob-stores.ts';

/** What the configuration says about session recordings. */
export const recordingsSchema = z.strictObject({
  store: z.enum(['database', 'file', 's3']).optional(),
  folder: z.string().min(1).optional(),
  s3: z
    .strictObject({
      endpoint: z.url({ protocol: /^https?$/ }),
      bucket: z.string().min(1),
      region: z.string().min(1).optional(),
      prefix: z.string().optional(),
      accessKeyId: z.string().min(1),
      secretAccessKeyFile: z.string().min(1),
    })
    .optional(),
});

/** Reads where recordings go. `readSecret` yields `undefined`, and notes the problem, when a file can't be read. */
export function recordingsOf(
  { store, folder, s3 }: z.infer<typeof recordingsSchema>,
  {
    readSecret,
    problems,
  }: {
    readonly readSecret: (path: string, what: string) => Secret | undefined;
    readonly problems: string[];
  },
): RecordingsConfig {
  if (store === 's3' && s3 === undefined) problems.push('recordings.s3: is needed where recordings go to s3');
  const secretAccessKey = s3 && readSecret(s3.secretAccessKeyFile, 'recordings.s3.secretAccessKeyFile');
  return {
    ...(store !== undefined && { store }),
    ...(folder !== undefined && { folder }),
    ...(s3 !== undefined &&
      secretAccessKey !== undefined && {
        s3: {
          endpoint: s3.endpoint,
          bucket: s3.bucket,
          accessKeyId: s3.accessKeyId,
          secretAccessKey,
          ...(s3.region !== undefined && { region: s3.region }),
          ...(s3.prefix !== undefined && { prefix: s3.prefix }),
        },
      }),
  };
}
