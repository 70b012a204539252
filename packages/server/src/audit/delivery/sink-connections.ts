import { AuditError, type AuditSink } from '@sallyport/audit';
import { createOtlpSink } from '@sallyport/audit/sinks/otlp';
import { createS3Sink } from '@sallyport/audit/sinks/s3';
import { createSyslogSink } from '@sallyport/audit/sinks/syslog';
import { createWebhookSink, type SinkFetch } from '@sallyport/audit/sinks/webhook';
import type { Clock } from '@sallyport/core';
import { fetch } from 'undici';
import { createGuardedAgent } from '../../network/guarded-agent.ts';
import { createGuardedResolver, type ResolveAll } from '../../network/outbound-guard.ts';
import type { AuditSinkRecord } from '../../stores/records.ts';
import type { SealedSecrets } from '../../stores/sealed-secrets.ts';

/** What {@link createSinkConnections} works with. */
export interface SinkConnectionsOptions {
  /** Networks (CIDR) that may be sent to though they are not public, and without TLS. */
  readonly allowedAddresses: readonly string[];
  /** Further certificate authorities to trust, PEM. */
  readonly caPems?: readonly string[];
  /** How names are resolved. Default: as the system does. */
  readonly resolveAll?: ResolveAll;
  /** What syslog messages say that they are from. */
  readonly hostname: string;
  readonly clock: Clock;
}

/** Makes sinks that lead to where an administrator of an organization says, as far as the server calls that. */
export interface SinkConnections {
  open(sink: Pick<AuditSinkRecord, 'spec'>, secrets: SealedSecrets): AuditSink;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 65_536;

/** Creates the way out of audit events. Addresses are checked after names are resolved, for syslog as for HTTP. */
export function createSinkConnections(options: SinkConnectionsOptions): SinkConnections {
  const { allowedAddresses, caPems, resolveAll, hostname, clock } = options;
  const dispatcher = createGuardedAgent({
    allowedAddresses,
    caPems,
    resolveAll,
    timeoutMs: TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    refuseAddress: refusedAddress,
    refusePlain: refusedPlain,
  });
  const guardedFetch: SinkFetch = async (url, request) => {
    const { status, headers, body } = await fetch(url, { ...request, dispatcher });
    return { status, headers, body };
  };
  const resolve = createGuardedResolver({
    allowed: allowedAddresses,
    ...(resolveAll && { resolveAll }),
    refuse: refusedAddress,
  });
  return {
    open({ spec }, secrets) {
      const { webhook, syslog, otlp, s3 } = spec;
      const http = { fetch: guardedFetch, timeoutMs: TIMEOUT_MS, clock };
      if (webhook !== undefined)
        return createWebhookSink({ ...stated(webhook), ...http, secret: secretOf(secrets, 'secret') });
      if (syslog !== undefined)
        return createSyslogSink({ hostname, ...stated(syslog), timeoutMs: TIMEOUT_MS, resolve });
      if (s3 !== undefined) {
        return createS3Sink({ ...stated(s3), ...http, secretAccessKey: secretOf(secrets, 'secretAccessKey') });
      }
      if (otlp === undefined) throw new TypeError('an audit sink leads nowhere');
      const { authorization } = secrets;
      return createOtlpSink({
        ...stated(otlp),
        ...http,
        ...(authorization !== undefined && { headers: { authorization } }),
      });
    },
    close: () => dispatcher.destroy(),
  };
}

/** Without what is not stated: schemas write that as `undefined`. */
function stated<Target extends object>(target: Target): { [Key in keyof Target]: Exclude<Target[Key], undefined> } {
  return Object.fromEntries(Object.entries(target).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Target]: Exclude<Target[Key], undefined>;
  };
}

function secretOf(secrets: SealedSecrets, name: string): string {
  const secret = secrets[name];
  if (secret === undefined) throw new TypeError(`the audit sink has no ${name}`);
  return secret;
}

function refusedAddress(host: string): AuditError {
  return new AuditError({
    code: 'ERR_AUDIT_SINK_UNREACHABLE',
    message: `${JSON.stringify(host.slice(0, 255))} is at an address of this machine or of a private network, which the server does not call`,
    nextStep:
      "If that is where the receiver is, name its network in audit.allowedAddresses of the server's configuration.",
  });
}

function refusedPlain(host: string): AuditError {
  return new AuditError({
    code: 'ERR_AUDIT_SINK_UNREACHABLE',
    message: `${JSON.stringify(host.slice(0, 255))} was named with http://, which is for networks that audit.allowedAddresses names`,
    nextStep: 'Use https://.',
  });
}
