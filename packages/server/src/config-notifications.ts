import type { Secret } from '@sallyport/core';
import { z } from 'zod';
import { describeCidrProblem } from './network/address-list.ts';
import type { SmtpSettings } from './notifications/mail/mailer.ts';

/** How notifications leave the server. */
export interface NotificationConfig {
  /** Networks (CIDR) that may be called though they are not public. Absent: none, loopback in development mode. */
  readonly allowedAddresses?: readonly string[];
  /** Absent: no mail is sent. */
  readonly smtp?: SmtpSettings;
}

/** A network, IPv4 or IPv6, or one address. */
export const networkSchema = z.string().refine((text) => describeCidrProblem(text) === undefined, {
  error: ({ input }) => describeCidrProblem(String(input)) ?? 'is no network',
});

// `Name <address>` or the address alone, on one line.
const SENDER = /^(?:[^<>\p{Cc}]{1,128} <[^\s<>@]{1,64}@[A-Za-z0-9.-]{1,255}>|[^\s<>@]{1,64}@[A-Za-z0-9.-]{1,255})$/u;

/** What the configuration says about notifications. */
export const notificationsSchema = z.strictObject({
  allowedAddresses: z.array(networkSchema).optional(),
  smtp: z
    .strictObject({
      host: z.string().min(1).max(253),
      port: z.int().min(1).max(65_535).optional(),
      security: z.enum(['starttls', 'tls', 'none']).optional(),
      user: z.string().min(1).optional(),
      passwordFile: z.string().optional(),
      from: z.string().regex(SENDER, 'must be an address, or Name <address>'),
      caFile: z.string().optional(),
    })
    .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
      error: 'user and passwordFile belong together',
    })
    .refine(({ user, security }) => user === undefined || security !== 'none', {
      error: 'a password is not sent without TLS: choose starttls or tls',
    })
    .optional(),
});

/** Ports of message submission with STARTTLS, with TLS from the start, and of a relay (RFC 6409, RFC 8314). */
const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

/** Reads what a file says about notifications; `read` reads the files that it names. */
export function notificationsOf(
  { allowedAddresses, smtp }: z.infer<typeof notificationsSchema>,
  read: (path: string, what: string) => Secret | undefined,
): NotificationConfig {
  return {
    ...(allowedAddresses !== undefined && { allowedAddresses }),
    ...(smtp !== undefined && { smtp: smtpOf(smtp, read) }),
  };
}

function smtpOf(
  {
    host,
    port,
    security = 'starttls',
    user,
    passwordFile,
    from,
    caFile,
  }: NonNullable<z.infer<typeof notificationsSchema>['smtp']>,
  read: (path: string, what: string) => Secret | undefined,
): SmtpSettings {
  const password = passwordFile === undefined ? undefined : read(passwordFile, 'notifications.smtp.passwordFile');
  const caPem = caFile === undefined ? undefined : read(caFile, 'notifications.smtp.caFile')?.reveal();
  return {
    host,
    port: port ?? SMTP_PORTS[security],
    security,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    from,
    ...(caPem !== undefined && { caPem }),
  };
}
