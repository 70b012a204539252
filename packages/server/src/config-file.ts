import { readFileSync } from 'node:fs';
import { BUILT_IN_ROLE_NAMES } from '@sallyport/authz';
import { isDnsLabel, nearestName } from '@sallyport/core';
import { parseYaml } from '@sallyport/core/yaml';
import { z } from 'zod';
import { auditSchema } from './config-audit.ts';
import { duration, durationOf, loginsSchema } from './config-logins.ts';
import { networkSchema, notificationsSchema } from './config-notifications.ts';
import { recordingsSchema } from './config-recordings.ts';
import { terminalsSchema } from './config-terminals.ts';
import type { KeyKind } from './stores/key-contracts.ts';

/** `host:port`. */
export const addressSchema = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:[\]]+):\d{1,5}$/, 'must be host:port');
const MAX_DRAIN_MS = 60 * 60_000;
const MIN_ROTATION_MS = 24 * 60 * 60_000;
/** `never`, or a duration; milliseconds, or `undefined` for never. */
export const rotation = z
  .string()
  .refine((text) => text === 'never' || durationOf(text) >= MIN_ROTATION_MS, 'must be never, or a duration from 24h on')
  .transform((text) => (text === 'never' ? undefined : durationOf(text)))
  .optional();
const label = z.string().refine(isDnsLabel, 'must be a DNS label: a-z, 0-9 and -');

const fileSchema = z.strictObject({
  mode: z.enum(['development', 'production']).optional(),
  listen: addressSchema.optional(),
  publicUrl: z.url({ protocol: /^https$/ }).optional(),
  agents: z.strictObject({ listen: addressSchema.optional(), serverName: z.string().optional() }).optional(),
  workers: z.union([z.literal('auto'), z.number()]).optional(),
  drainTimeout: duration(0, MAX_DRAIN_MS),
  tracing: z
    .strictObject({
      endpoint: z.url({ protocol: /^https?$/ }),
      sampleRatio: z.number().min(0).max(1).default(0.05),
      authorizationFile: z.string().optional(),
    })
    .optional(),
  metrics: z.strictObject({ listen: addressSchema }).optional(),
  peers: z.strictObject({ listen: addressSchema.optional(), address: addressSchema.optional() }).optional(),
  kube: z
    .strictObject({
      hostDomain: z.string().optional(),
      certificateServerName: z.string().toLowerCase().optional(),
    })
    .optional(),
  stateDir: z.string().optional(),
  databaseUrlFile: z.string().optional(),
  databaseDirectUrlFile: z.string().optional(),
  encryptionKeyFile: z.string().optional(),
  keyRotation: z
    .strictObject({
      frontTls: rotation,
      agentCa: rotation,
      kubeCredential: rotation,
      capability: rotation,
      oauth: rotation,
      cookie: rotation,
      auditCheckpoint: rotation,
      peerCa: rotation,
      userCa: rotation,
    } satisfies Record<KeyKind, unknown>)
    .default({}),
  tls: z.strictObject({ certFile: z.string(), keyFile: z.string() }).optional(),
  signer: z
    .union([
      z.strictObject({ socket: z.string() }),
      z.strictObject({ address: addressSchema, certFile: z.string(), keyFile: z.string(), caFile: z.string() }),
    ])
    .optional(),
  logins: loginsSchema.optional(),
  allowedIssuerAddresses: z.array(networkSchema).optional(),
  notifications: notificationsSchema.optional(),
  audit: auditSchema.optional(),
  recordings: recordingsSchema.optional(),
  terminals: terminalsSchema.optional(),
  organization: label.optional(),
  identityProviders: z
    .array(
      z.strictObject({
        name: label,
        displayName: z.string().optional(),
        issuer: z.url(),
        clientId: z.string().min(1),
        clientSecretFile: z.string().optional(),
        oauthScopes: z.array(z.string()).default(['openid', 'profile', 'email']),
        userNameClaim: z.string().default('email'),
        groupsClaim: z.string().default('groups'),
        groupsSource: z.enum(['claims', 'scim']).default('claims'),
      }),
    )
    .default([]),
  bindings: z
    .array(
      z.strictObject({
        role: z.enum(BUILT_IN_ROLE_NAMES),
        identityProvider: z.string(),
        group: z.string().min(1),
      }),
    )
    .default([]),
  developmentUsers: z
    .array(
      z.strictObject({
        email: z.email(),
        name: z.string(),
        passwordFile: z.string(),
        groups: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

/** A configuration file, checked. */
export type FileConfig = z.infer<typeof fileSchema>;

/** Reads a YAML file; what is wrong with it goes to `problems`, one sentence each. Without a path: an empty file. */
export function readConfigFile(path: string | undefined, problems: string[]): FileConfig {
  return readYamlFile(path, fileSchema, problems);
}

/** As {@link readConfigFile}, for files of another form. The schema must take an empty object. */
export function readYamlFile<Shape extends z.ZodRawShape>(
  path: string | undefined,
  schema: z.ZodObject<Shape>,
  problems: string[],
): z.infer<z.ZodObject<Shape>> {
  const empty = schema.parse({});
  if (path === undefined) return empty;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${path}: can't be read (${(error as NodeJS.ErrnoException).code})`);
    return empty;
  }
  let document: unknown;
  try {
    document = parseYaml(text) ?? {};
  } catch (error) {
    problems.push(`${path}: ${(error as Error).message}`);
    return empty;
  }
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  for (const issue of result.error.issues) problems.push(describeIssue(issue, Object.keys(schema.shape)));
  return empty;
}

function describeIssue(issue: z.core.$ZodIssue, topKeys: readonly string[]): string {
  const path = issue.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
  if (issue.code !== 'unrecognized_keys') return `${path}: ${issue.message}`;
  const known = path === '' ? topKeys : [];
  return issue.keys
    .map((key) => {
      const near = nearestName(key, known);
      return `${path === '' ? key : `${path}.${key}`}: unknown key${near === undefined ? '' : `, did you mean ${near}`}`;
    })
    .join('; ');
}
