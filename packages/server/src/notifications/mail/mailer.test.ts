import { Secret } from '@sallyport/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueServerCertificate } from '../../pki/index.ts';
import { type SmtpDouble, startSmtpDouble } from '../testing/smtp-double.ts';
import { aView } from '../testing/views.ts';
import { createMailer, type Mailer, type SmtpSettings } from './mailer.ts';
import { mailRecipients } from './recipients.ts';
import { renderMail } from './render-mail.ts';

let tls: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
const open: (() => unknown)[] = [];
beforeAll(async () => {
  const authority = await createCertificateAuthority({ commonName: 'Test mail', usage: 'serverAuth', at: new Date() });
  const issued = await issueServerCertificate(authority, { hostNames: ['127.0.0.1'], at: new Date() });
  tls = { certPem: issued.certificatePem, keyPem: issued.privateKeyPem.reveal(), caPem: authority.certificatePem };
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function aDouble(options: Parameters<typeof startSmtpDouble>[0] = {}): Promise<SmtpDouble> {
  const double = await startSmtpDouble(options);
  open.push(() => double.close());
  return double;
}

function aMailer({ port }: SmtpDouble, settings: Partial<SmtpSettings> = {}): Mailer {
  const mailer = createMailer({
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'Sallyport <access@example.com>',
    ...settings,
  });
  open.push(() => mailer.close());
  return mailer;
}

const mail = (view = aView()) => ({ ...renderMail(view), id: view.id });

describe('mail', () => {
  it('goes to each recipient by the envelope, with nobody in its headers', async () => {
    const double = await aDouble();
    await aMailer(double).send({ ...mail(), to: ['ann@example.com', 'ben@example.com'] });
    const [taken] = double.mails;
    expect(taken).toMatchObject({ from: 'access@example.com', to: ['ann@example.com', 'ben@example.com'] });
    const [head = '', body = ''] = (taken?.content ?? '').split('\r\n\r\n', 2);
    expect(head).toMatch(/^To: "?undisclosed-recipients"?:;\r?$/m);
    expect(head).not.toMatch(/ann@|ben@|^Bcc:/im);
    expect(head).toContain(`Message-ID: <${aView().id}@example.com>`);
    expect(head).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(head).toMatch(/^Content-Type: multipart\/alternative/m);
    expect(body).not.toBe('');
    // Quoted-printable breaks long lines softly (RFC 2045, section 6.7).
    expect(taken?.content.replaceAll('=\r\n', '')).toContain(aView().link);
  });

  it('SEC-E08 carries no header, recipient or line that a text of somebody asks for', async () => {
    const double = await aDouble();
    const hostile = 'x\r\nBcc: all@example.com\r\nRCPT TO:<all@example.com>\r\n.\r\nMAIL FROM:<a@example.com>';
    const view = aView({ title: hostile, facts: [{ label: 'Reason', value: hostile }] });
    await aMailer(double).send({ ...mail(view), to: ['ann@example.com'] });
    expect(double.mails).toHaveLength(1);
    expect(double.mails[0]?.to).toEqual(['ann@example.com']);
    const [head = ''] = (double.mails[0]?.content ?? '').split('\r\n\r\n', 1);
    expect(head).not.toMatch(/^Bcc:/im);
  });

  it('signs in after STARTTLS, and to a server that it can verify', async () => {
    const double = await aDouble({ tls });
    const login = { user: 'sallyport', password: new Secret('canary-password') };
    const settings = { security: 'starttls', caPem: tls.caPem, ...login } as const;
    await aMailer(double, settings).send({ ...mail(), to: ['ann@example.com'] });
    expect(double.mails).toMatchObject([{ wasEncrypted: true, login: 'sallyport:canary-password' }]);
    const { caPem: _, ...stranger } = settings;
    await expect(aMailer(double, stranger).send({ ...mail(), to: ['ann@example.com'] })).rejects.toMatchObject({
      code: 'ERR_NOTIFICATION_UNREACHABLE',
    });
    expect(double.mails).toHaveLength(1);
  });

  it('SEC-E09 sends neither mail nor password where TLS is demanded and not offered', async () => {
    const double = await aDouble();
    const mailer = aMailer(double, {
      security: 'starttls',
      user: 'sallyport',
      password: new Secret('canary-password'),
    });
    const failure = await mailer.send({ ...mail(), to: ['ann@example.com'] }).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'ERR_NOTIFICATION_REFUSED' });
    expect(`${(failure as Error).stack} ${JSON.stringify(failure)}`).not.toContain('canary');
    expect(double.mails).toEqual([]);
  });

  it('tells what is for good from what may pass', async () => {
    const double = await aDouble();
    const mailer = aMailer(double);
    const refusedWith = async (line: string) => {
      double.refuseNext(line);
      return mailer.send({ ...mail(), to: ['ann@example.com'] }).catch((error: unknown) => error);
    };
    expect(await refusedWith('451 try later')).toMatchObject({ code: 'ERR_NOTIFICATION_REFUSED', isFinal: false });
    const gone = await refusedWith('550 no ann@example.com here');
    expect(gone).toMatchObject({ code: 'ERR_NOTIFICATION_REFUSED' });
    expect((gone as Error).message).not.toContain('ann@');
  });
});

describe('recipients', () => {
  const person = (name: string, email = `${name}@example.com`) =>
    ({ id: name, email, isDisabled: false }) as unknown as Parameters<typeof mailRecipients>[2]['reviewers'][number];
  const concerned = { holder: person('jo'), reviewers: [person('ann'), person('ben')] };

  it('are reviewers for what waits for them, and the holder for what became of it', () => {
    const to = (event: Parameters<typeof mailRecipients>[1]) =>
      mailRecipients({ to: ['ops@example.com'], concerned: true }, event, concerned);
    expect(to('accessRequest.created')).toEqual(['ops@example.com', 'ann@example.com', 'ben@example.com']);
    expect(to('accessRequest.denied')).toEqual(['ops@example.com', 'jo@example.com']);
    expect(to('accessRequest.reviewed')).toEqual([
      'ops@example.com',
      'ann@example.com',
      'ben@example.com',
      'jo@example.com',
    ]);
    expect(to('test')).toEqual(['ops@example.com']);
    expect(mailRecipients({ to: ['ops@example.com'] }, 'accessRequest.created', concerned)).toEqual([
      'ops@example.com',
    ]);
  });

  it('are told once, whom the requester suggested first, and no more than two hundred of them', () => {
    const reviewers = Array.from({ length: 300 }, (_, i) => person(`p${i}`));
    const request = { suggestedReviewerIds: ['p299'] } as never;
    const found = mailRecipients({ to: ['P7@example.com'], concerned: true }, 'accessRequest.created', {
      reviewers,
      request,
    });
    expect(found).toHaveLength(200);
    expect(found[1]).toBe('p299@example.com');
    expect(found.filter((address) => /^p7@/i.test(address))).toHaveLength(1);
  });

  it.each([
    'a@example.com, b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    '"a"@example.com',
    'x',
    '@example.com',
  ])('SEC-E08 are no lists or headers that an identity provider states as an address: %j', (email) => {
    const reviewers = [person('a', email)];
    expect(mailRecipients({ concerned: true }, 'accessRequest.created', { reviewers })).toEqual([]);
  });
});
