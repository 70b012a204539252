import type { Writable } from 'node:stream';
import { createFileSink } from '@sallyport/audit/sinks/file';
import { createStdoutSink } from '@sallyport/audit/sinks/stdout';
import type { Clock, Secret } from '@sallyport/core';
import { AUDIT_EVENT_CATEGORIES, AUDIT_EVENT_SEVERITIES } from '@sallyport/core/api';
import { z } from 'zod';
import type { ConfiguredSink } from './audit/audit-sinks.ts';
import { createEventFilter } from './audit/delivery/select-events.ts';
import { boundsOf } from './audit/delivery/sink-bounds.ts';
import { durationOf } from './config-logins.ts';
import { networkSchema } from './config-notifications.ts';
import { type WitnessConfig, witnessesOf, witnessSchema } from './config-witnesses.ts';
import { ServerError } from './errors.ts';

const MIN_TIME_BEHIND_MS = 1_000;

const sinkSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: a-z, 0-9 and -'),
    categories: z.array(z.enum(AUDIT_EVENT_CATEGORIES)).min(1).optional(),
    minSeverity: z.enum(AUDIT_EVENT_SEVERITIES).optional(),
    delivery: z.enum(['required', 'bestEffort']).optional(),
    maxEventsBehind: z.int().min(100).max(100_000_000).optional(),
    maxTimeBehind: z
      .string()
      .refine((text) => durationOf(text) >= MIN_TIME_BEHIND_MS, 'must be a duration from 1s on')
      .optional(),
    file: z
      .strictObject({
        path: z.string().min(1),
        maxMegabytes: z.int().min(1).max(1_048_576).optional(),
        maxFiles: z.int().min(1).max(10_000).optional(),
      })
      .optional(),
    stdout: z.strictObject({ format: z.enum(['json', 'ocsf', 'cef']).optional() }).optional(),
  })
  .refine(({ file, stdout }) => (file === undefined) !== (stdout === undefined), {
    error: 'name exactly one of file and stdout',
  });

/** What the configuration says about audit. */
export const auditSchema = z.strictObject({
  allowedAddresses: z.array(networkSchema).optional(),
  spoolMegabytes: z.int().min(1).max(1_048_576).optional(),
  sinks: z
    .array(sinkSchema)
    .refine((sinks) => new Set(sinks.map(({ name }) => name)).size === sinks.length, { error: 'have a name twice' })
    .default([]),
  witnesses: z
    .array(witnessSchema)
    .refine((witnesses) => new Set(witnesses.map(({ name }) => name)).size === witnesses.length, {
      error: 'have a name twice',
    })
    .default([]),
});

/** How audit events leave the server. */
export interface AuditConfig {
  /** Networks (CIDR) that audit sinks may lead to though they are not public. Absent: none, loopback in development mode. */
  readonly allowedAddresses?: readonly string[];
  /** Bytes that may wait in the spool of this server. Absent: 1 GiB. */
  readonly maxSpoolBytes?: number;
  /** Sinks of the installation. */
  readonly sinks: readonly AuditSinkConfig[];
  /** Who keeps checkpoints of all logs, outside of the installation. */
  readonly witnesses?: readonly WitnessConfig[];
}

/** A sink of the server's configuration: a file, or the standard output. */
export type AuditSinkConfig = z.infer<typeof sinkSchema>;

/** Reads what a file says about audit; `read` reads the files that it names. */
export function auditOf(
  { allowedAddresses, spoolMegabytes, sinks, witnesses }: z.infer<typeof auditSchema>,
  read: (path: string, what: string) => Secret | undefined,
): AuditConfig {
  return {
    ...(allowedAddresses !== undefined && { allowedAddresses }),
    ...(spoolMegabytes !== undefined && { maxSpoolBytes: spoolMegabytes * MEGABYTE }),
    sinks,
    ...(witnesses.length > 0 && { witnesses: witnessesOf(witnesses, read) }),
  };
}

const MEGABYTE = 1_048_576;

/**
 * Makes the sinks of the configuration. Nothing is opened before the first event.
 * @throws ServerError `ERR_CONFIG_INVALID` when one is to write to a standard output that was not handed in
 */
export function openConfiguredSinks(
  sinks: readonly AuditSinkConfig[],
  { stdout, clock }: { readonly stdout?: Writable; readonly clock: Clock },
): readonly ConfiguredSink[] {
  return sinks.map((config) => {
    const { name, file } = config;
    const rest = { name, bounds: boundsOf(config), wants: createEventFilter(config) };
    if (file !== undefined) {
      const { path, maxMegabytes, maxFiles } = file;
      const sink = createFileSink({
        path,
        clock,
        ...(maxMegabytes !== undefined && { maxBytes: maxMegabytes * MEGABYTE }),
        ...(maxFiles !== undefined && { maxFiles }),
      });
      return { ...rest, sink };
    }
    if (stdout === undefined) {
      throw new ServerError({
        code: 'ERR_CONFIG_INVALID',
        message: `audit.sinks: ${name} writes to the standard output, and the program that started this server handed in none`,
        nextStep: 'Hand in stdout, or use a file.',
      });
    }
    const format = config.stdout?.format;
    return { ...rest, sink: createStdoutSink({ stream: stdout, ...(format !== undefined && { format }) }) };
  });
}
