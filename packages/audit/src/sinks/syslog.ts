/**
 * A sink that sends RFC 5424 messages to a syslog receiver: over TCP with octet counting (RFC 6587), over TLS (RFC 5425), or over
 * UDP (RFC 5426).
 *
 * @packageDocumentation
 */
import { hostname as machineName } from 'node:os';
import { AuditError } from '../errors.ts';
import type { AuditSink } from '../sink.ts';
import { lineFormatter, type SinkFormat } from './batch-lines.ts';
import { reasonOf } from './http.ts';
import { createOrderedSink } from './ordered-sink.ts';
import { toSyslogMessage } from './syslog-message.ts';
import { type SyslogReceiver, sendDatagrams, sendStream } from './syslog-transport.ts';

export type { SinkFormat } from './batch-lines.ts';

/** How much a syslog receiver is sent at once, and how long it may take. */
export interface SyslogSinkLimits {
  /**
   * Longest message, in bytes; longer ones go without their text. Defaults to 65,536 (2,048 over UDP): the latter is what receivers
   * should take.
   */
  readonly maxMessageBytes: number;
  /** Longest time for a batch, in milliseconds. Defaults to 10,000. */
  readonly timeoutMs: number;
}

/** Options of {@link createSyslogSink}. */
export interface SyslogSinkOptions extends Partial<SyslogSinkLimits> {
  readonly host: string;
  /** Defaults to the one of the protocol: 514 for `udp`, 601 for `tcp`, 6514 for `tls`. */
  readonly port?: number;
  /** Defaults to `tls`. */
  readonly protocol?: 'tls' | 'tcp' | 'udp';
  /** Authorities that the receiver's certificate may be of, PEM. Defaults to those of the runtime. */
  readonly ca?: string;
  /** Defaults to `json`. */
  readonly format?: SinkFormat;
  /** Numerical code of the facility, 0 to 23. Defaults to 13, `log audit`. */
  readonly facility?: number;
  /** What messages say that they are from. Defaults to the name of this machine. */
  readonly hostname?: string;
  /** Private enterprise number of the structured data's name. Defaults to 32473, which is set aside for examples (RFC 5612). */
  readonly enterpriseNumber?: number;
  /** The address to connect to for a host. Defaults to asking the system; a server refuses here what it does not call. */
  readonly resolve?: (host: string) => Promise<string>;
}

const PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;

/**
 * Creates the sink. Syslog has no acknowledgement, so over TCP and TLS each batch has a connection of its own, and the write resolves
 * once the receiver has read it to its end and closed as well: what a broken connection may have lost is sent again. Over UDP the
 * write resolves once the datagrams are on their way; the network may lose them, and nobody learns of it.
 */
export function createSyslogSink(options: SyslogSinkOptions): AuditSink {
  const { host, protocol = 'tls', port = PORTS[protocol], ca, format = 'json', timeoutMs = 10_000 } = options;
  const { resolve = async (name: string) => name } = options;
  const message = {
    facility: options.facility ?? 13,
    hostname: options.hostname ?? machineName(),
    enterpriseNumber: options.enterpriseNumber ?? 32_473,
    maxMessageBytes: options.maxMessageBytes ?? (protocol === 'udp' ? 2_048 : 65_536),
    toLine: lineFormatter(format),
  };
  const send = protocol === 'udp' ? sendDatagrams : sendStream;
  return createOrderedSink({
    name: 'syslog',
    async write(batch, { signal }) {
      const messages = batch.map((event) => toSyslogMessage(event, message));
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const receiver: SyslogReceiver = {
          address: await resolve(host),
          port,
          ...(protocol === 'tls' && { tls: { servername: host, ...(ca !== undefined && { ca }) } }),
        };
        await send(messages, receiver, signal === undefined ? timeout : AbortSignal.any([timeout, signal]));
      } catch (error) {
        throw new AuditError({
          code: 'ERR_AUDIT_SINK_UNREACHABLE',
          message: `${host}:${port} did not take a batch over ${protocol}: ${reasonOf(error)}`,
          nextStep: 'Look whether the receiver runs, and whether this server may reach it.',
        });
      }
    },
  });
}
