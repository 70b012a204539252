import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditEvent, type AuditSink, parseAuditEvent } from '@sallyport/audit';
import { createSyslogSink, type SyslogSinkOptions } from '@sallyport/audit/sinks/syslog';
import { anAuditEvent, auditSinkConformance } from '@sallyport/audit/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, freePort, lacks, type Program, part, start, temporaryFolder } from '../support/index.ts';

// One file for each host that messages say they are from: each test has its own.
const TEMPLATES = String.raw`
template(name="file" type="string" string="@FOLDER@/%hostname%.log")
template(name="line" type="string"
  string="%pri%\t%app-name%\t%msgid%\t%structured-data%\t%msg%\n")
ruleset(name="keep") {
  action(type="omfile" dynaFile="file" template="line" createDirs="on" asyncWriting="off" ioBufferSize="1k" flushOnTXEnd="on")
}
`;

describe.skipIf(lacks('rsyslog'))('the syslog sink and rsyslog', () => {
  const folder = temporaryFolder('rsyslog');
  const ports = { tcp: 0, tls: 0, udp: 0 };
  let ca = '';
  let daemon: Program;
  let count = 0;

  beforeAll(async () => {
    ca = makeCertificates();
    ports.tcp = await freePort();
    ports.tls = await freePort();
    ports.udp = await freePort();
    const configuration = join(folder, 'rsyslog.conf');
    writeFileSync(
      configuration,
      `
global(workDirectory="${folder}" maxMessageSize="64k" parser.permitSlashInProgramName="on"
  defaultNetstreamDriverCAFile="${folder}/ca.pem"
  defaultNetstreamDriverCertFile="${folder}/server.pem"
  defaultNetstreamDriverKeyFile="${folder}/server.key")
module(load="imudp")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
module(load="imptcp")
${TEMPLATES.replace('@FOLDER@', folder)}
input(type="imptcp" address="127.0.0.1" port="${ports.tcp}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="${ports.tls}" ruleset="keep")
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="keep")
`,
    );
    daemon = start(part('rsyslog'), ['-n', '-f', configuration, '-i', join(folder, 'rsyslogd.pid')]);
    await awaitCondition(
      async () => {
        if (daemon.child.exitCode !== null) throw new Error(daemon.stderr());
        await sinkOf('tcp', 'ready').write([anAuditEvent()]);
        await sinkOf('tls', 'ready').write([anAuditEvent()]);
        return readLines('ready').length >= 2;
      },
      { what: 'rsyslog takes messages over TCP and TLS' },
    );
    return async () => {
      daemon.child.kill('SIGTERM');
      await daemon.ended;
    };
  });

  function makeCertificates(): string {
    mkdirSync(folder, { recursive: true });
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test ca');
    openssl('req', ...curve, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    writeFileSync(join(folder, 'san'), 'subjectAltName=DNS:localhost');
    const issue = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san'];
    openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...issue);
    return readFileSync(join(folder, 'ca.pem'), 'utf8');
  }

  function sinkOf(protocol: 'tcp' | 'tls' | 'udp', hostname: string, more: Partial<SyslogSinkOptions> = {}): AuditSink {
    const tls = { host: 'localhost', resolve: async () => '127.0.0.1', ca };
    return createSyslogSink({
      host: '127.0.0.1',
      protocol,
      port: ports[protocol],
      hostname,
      ...(protocol === 'tls' && tls),
      ...more,
    });
  }

  function readLines(hostname: string): readonly string[] {
    const path = join(folder, `${hostname}.log`);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  }

  const eventOf = (line: string) => parseAuditEvent((line.split('\t')[4] ?? '').trim());

  describe.each(['tcp', 'tls', 'udp'] as const)('over %s', (protocol) => {
    for (const { name, run } of auditSinkConformance) {
      it(name, () =>
        run(async () => {
          const hostname = `case-${count++}`;
          const sink = sinkOf(protocol, hostname);
          let sent = 0;
          const counted: AuditSink = {
            ...sink,
            async write(batch, options) {
              await sink.write(batch, options);
              sent += batch.length;
            },
          };
          const read = async (): Promise<readonly AuditEvent[]> => {
            await awaitCondition(() => readLines(hostname).length >= sent, { what: `rsyslog has ${sent} messages` });
            return readLines(hostname).map(eventOf);
          };
          return { sink: counted, read };
        }),
      );
    }
  });

  it('reads facility, severity, name, code and structured data as they were meant', async () => {
    const event = anAuditEvent({ severity: 'critical', sourceAddress: 'a"b\\c]d' });
    await sinkOf('tls', 'meant', { facility: 10 }).write([event]);
    await awaitCondition(() => readLines('meant').length === 1, { what: 'rsyslog has the message' });
    const [pri, app, msgid, data] = (readLines('meant')[0] ?? '').split('\t');
    expect([pri, app, msgid]).toEqual(['82', 'sallyport', 'proxy.request.started']);
    expect(data).toBe(`[sallyport@32473 id="${event.id}" code="proxy.request.started" source="a\\"b\\\\c\\]d"]`);
  });

  it('refuses a receiver whose certificate is of another authority, or for another name', async () => {
    const event = anAuditEvent();
    const refused = { code: 'ERR_AUDIT_SINK_UNREACHABLE' };
    const ofSystem = createSyslogSink({ host: 'localhost', port: ports.tls, resolve: async () => '127.0.0.1' });
    await expect(ofSystem.write([event])).rejects.toMatchObject(refused);
    await expect(sinkOf('tls', 'other', { host: 'siem.example' }).write([event])).rejects.toMatchObject(refused);
    expect(readLines('other')).toEqual([]);
  });

  it('loses nothing when the receiver is killed and comes back', async () => {
    const sink = sinkOf('tcp', 'killed');
    const events = Array.from({ length: 20 }, () => anAuditEvent());
    await sink.write(events.slice(0, 10));
    await awaitCondition(() => readLines('killed').length === 10, { what: 'rsyslog has the first ten' });
    daemon.child.kill('SIGKILL');
    await daemon.ended;
    await expect(sink.write(events.slice(10))).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK_UNREACHABLE' });
    daemon = start(part('rsyslog'), ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'rsyslogd.pid2')]);
    await awaitCondition(() => sink.write(events.slice(10)).then(() => true), { what: 'rsyslog is back' });
    await awaitCondition(() => readLines('killed').length === 20, { what: 'rsyslog has all' });
    expect(readLines('killed').map(eventOf)).toEqual(events);
  });
});
