import { describe, expect, it } from 'vitest';
import { AUDIT_CATALOGUE, type AuditEventCode, findCatalogueEntry } from './catalogue/catalogue.ts';
import { KUBECTL, SHELL } from './catalogue/example-facts.ts';
import type { AuditEvent } from './event.ts';
import { formatAuditEvent } from './format-event.ts';
import { createAuditPipeline } from './pipeline.ts';
import { redactAuditEvent, redactText } from './redact.ts';
import { createMemorySink } from './sinks/memory.ts';

const CANARY = 'c4nAry-S3cr3t_Tk9zQ';
const BASE64 = Buffer.from(`{"canary":"${CANARY}"}`).toString('base64url');

/** What a canary may look like, and what of the text around it must stay. */
const FORMS: readonly {
  readonly name: string;
  readonly text: string;
  readonly canary?: string;
  readonly stays?: string;
}[] = [
  { name: 'a bearer header', text: `curl -H 'Authorization: Bearer ${CANARY}' https://k8s`, stays: 'https://k8s' },
  { name: 'a bearer token', text: `sent bearer ${CANARY}, and failed`, stays: ', and failed' },
  { name: 'basic credentials', text: `Basic ${Buffer.from(`ada:${CANARY}`).toString('base64')}`, canary: 'YWRhOmM0' },
  { name: 'a DPoP token', text: `DPoP ${CANARY}` },
  { name: 'a cookie', text: `Cookie: a=b; __Host-sallyport-session=ses_1.${CANARY}` },
  { name: 'a cookie that is set', text: `Set-Cookie: sid=${CANARY}; HttpOnly` },
  { name: 'our cookie by itself', text: `had __Host-sallyport-session=ses_1.${CANARY}; gone`, stays: '; gone' },
  { name: 'a header with a token', text: `X-Vault-Token: ${CANARY}` },
  { name: 'a JSON Web Token', text: `got eyJhbGciOiJFUzI1NiJ9.${BASE64}.c2ln then`, canary: BASE64, stays: 'then' },
  { name: 'an encrypted token', text: `eyJhbGciOiJSU0EifQ.${BASE64}.aXY.Y2lwaGVy.dGFn`, canary: 'Y2lwaGVy' },
  { name: 'base64 of a JSON object', text: `.dockerconfigjson: ${BASE64}`, canary: BASE64 },
  {
    name: 'a private key',
    text: `key:\n-----BEGIN EC PRIVATE KEY-----\n${CANARY}\nAAAA\n-----END EC PRIVATE KEY-----\nend`,
    stays: 'end',
  },
  { name: 'a private key that was cut', text: `-----BEGIN PRIVATE KEY-----\n${CANARY}\n${CANARY}` },
  {
    name: 'a private key of a kubeconfig',
    text: `client-key-data: ${Buffer.from(`-----BEGIN PRIVATE KEY-----\n${CANARY}`).toString('base64')}`,
    canary: '0bkFyeS1TM2NyM3',
  },
  { name: 'a token of a kubeconfig', text: `users:\n- name: ada\n  user:\n    token: ${CANARY}\n`, stays: 'name: ada' },
  { name: 'a kubeconfig as JSON', text: `{"user":{"token":"${CANARY}","name":"ada"}}`, stays: '"name":"ada"}}' },
  { name: 'a token in JSON in JSON', text: JSON.stringify(JSON.stringify({ user: { password: CANARY } })) },
  { name: 'credentials in an address', text: `https://ada:${CANARY}@git.example.com/x`, stays: '@git.example.com/x' },
  { name: 'a token in an address', text: `https://ada.example.com/cb?x=1&access_token=${CANARY}&y=2`, stays: '&y=2' },
  { name: 'a code in an address', text: `/callback?code=${CANARY}&state=1`, stays: '&state=1' },
  { name: 'a signed address', text: `https://s3/x?X-Amz-Signature=${CANARY}` },
  { name: 'a flag', text: `kubectl --token=${CANARY} get pods`, stays: ' get pods' },
  { name: 'a flag and its value', text: `login --password '${CANARY} x' --server k8s`, stays: '--server k8s' },
  { name: 'a literal', text: `kubectl create secret generic db --from-literal=pw=${CANARY} -n shop`, stays: '-n shop' },
  { name: 'an assignment', text: `AWS_SECRET_ACCESS_KEY=${CANARY} aws s3 ls`, stays: ' aws s3 ls' },
  { name: 'a password in a sentence', text: `the password: ${CANARY} was refused`, stays: 'was refused' },
  { name: 'a join token', text: `sjt_${CANARY}` },
  { name: 'a link that sets up a sign-in', text: `open https://x.example/login/local/link#sil_${CANARY}` },
  { name: 'an API key', text: `used sak_01k9y3t0q5m8w2v7h4x6z1r9bc_${CANARY}${CANARY}` },
  { name: 'a SCIM token', text: `sct_01k9y3t0q5m8w2v7h4x6z1r9bc_${CANARY}${CANARY}` },
  { name: 'a webhook secret', text: `whsec_${CANARY}` },
  { name: 'a token of a code host', text: `ghp_${CANARY}`, stays: '' },
  { name: 'a token over WebSocket', text: `base64url.bearer.authorization.k8s.io.${BASE64}`, canary: BASE64 },
];

const envelope = {
  ...KUBECTL,
  recordingId: SHELL.recordingId,
  decision: {
    effect: 'allow',
    reasons: ['a reason'],
    snapshotVersion: 1,
    impersonatedUser: 'a',
    impersonatedGroups: ['g'],
  },
  outcome: {
    ...{ status: 1, bytesSent: 0, bytesReceived: 0, durationMs: 0 },
    ended: 'reset',
    errorCode: 'E',
    reason: 'r',
  },
  change: {
    patch: [{ op: 'add', path: '/metadata/annotations/a', value: { b: ['c'] } }],
    undo: [{ op: 'replace', path: '/spec/x', value: 'y' }],
    body: { spec: { x: 'y' } },
  },
};

/** An event of a code with everything that it may say. */
function fullEvent(code: AuditEventCode): AuditEvent {
  const fields = Object.entries(findCatalogueEntry(code)?.fields ?? {});
  const values = { string: 'text', number: 1, boolean: true, strings: ['text'] };
  const details = Object.fromEntries(fields.map(([name, { type }]) => [name, values[type]]));
  const facts = { id: 'evt_01k9y3t0q5m8w2v7h4x6z1r9bg', code, at: new Date(0), severity: 'info', ...envelope };
  return { ...facts, ...(fields.length > 0 && { details }) } as unknown as AuditEvent;
}

/** A value with `text` in place of each text in it; `planted` counts them. */
function plant(value: unknown, text: string, planted: { count: number }): unknown {
  if (typeof value === 'string') {
    planted.count += 1;
    return text;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((each) => plant(each, text, planted));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plant(each, text, planted)]));
}

describe('what is taken out of events', () => {
  for (const { name, text, canary = CANARY, stays = '' } of FORMS) {
    it(`SEC-G03 leaves no canary of ${name}, in whatever text of whatever event it stands`, () => {
      expect(text).toContain(canary);
      expect(redactText(text)).toContain('[redacted]');
      expect(redactText(text)).toContain(stays);
      for (const code of Object.keys(AUDIT_CATALOGUE) as AuditEventCode[]) {
        const planted = { count: 0 };
        const { id, code: _, ...rest } = fullEvent(code);
        const line = formatAuditEvent({ id, code, ...(plant(rest, text, planted) as object) } as AuditEvent);
        expect(planted.count).toBeGreaterThan(30);
        expect(line.split('[redacted]').length, code).toBeGreaterThan(planted.count);
        expect(line, code).not.toContain(canary);
      }
    });
  }

  it('SEC-G03 leaves no canary in a text of many, nor in one that is cut for its length', () => {
    const filler = 'x'.repeat(70_000);
    for (const { text, canary = CANARY } of FORMS) {
      for (const around of [`${text}\n${text}`, `before ${text}`, `${filler} ${text}`, `"${text}"`, `(${text})`]) {
        expect(redactText(around), around.slice(-400)).not.toContain(canary);
      }
    }
  });

  it('SEC-G03 hands no sink an event with a canary', async () => {
    const sink = createMemorySink();
    const pipeline = createAuditPipeline({ sinks: [{ sink, delivery: 'required' }] });
    for (const { text } of FORMS) {
      const event = fullEvent('access_request.created');
      await pipeline.record(
        { ...event, request: { ...KUBECTL.request, path: text } } as unknown as AuditEvent,
        'required',
      );
    }
    await pipeline.close();
    expect(sink.events).toHaveLength(FORMS.length);
    expect(JSON.stringify(sink.events)).not.toContain(CANARY);
  });

  it('leaves ordinary events as they are, the examples of the catalogue among them', () => {
    for (const code of Object.keys(AUDIT_CATALOGUE) as AuditEventCode[]) {
      const example = { ...findCatalogueEntry(code)?.example, id: 'evt_1', code } as unknown as AuditEvent;
      expect(redactAuditEvent(example)).toBe(example);
    }
  });

  for (const text of [
    '/api/v1/namespaces/shop/secrets/token-controller',
    'kubectl create token',
    'a bearer certificate is not enough',
    'basic authentication is switched off',
    '{"mustChangePassword":true,"tokens":5,"secretName":"db"}',
    '{"kind":"Secret","metadata":{"name":"registry-credentials"}}',
    'the token has expired; the cookie is gone',
    'kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9',
    'system:serviceaccount:kube-system:token-cleaner',
    'https://login.example.com/realms/main?tab=keys',
    'spec.authorizationMode changed from RBAC to Node',
    'a@b.example and c@d.example',
  ]) {
    it(`keeps ${JSON.stringify(text)}`, () => expect(redactText(text)).toBe(text));
  }

  it('keeps the JSON of a document readable', () => {
    const before = JSON.stringify({
      name: 'hook',
      spec: { url: 'https://u:p4ssW0rd@x.example/', password: 'p4"ss, w}0rd' },
    });
    expect(JSON.parse(redactText(before))).toEqual({
      name: 'hook',
      spec: { url: 'https://[redacted]@x.example/', password: '[redacted]' },
    });
  });

  it('takes time in proportion to a hostile text', () => {
    const hostile = [
      ':// '.repeat(250_000),
      '-----BEGIN '.repeat(90_000),
      'token'.repeat(200_000),
      `token: "${'\\'.repeat(1_000_000)}`,
    ]
      .concat(['?'.repeat(1_000_000), '--'.repeat(500_000), 'eyJ'.repeat(330_000), `bearer ${'a'.repeat(1_000_000)}`])
      .concat([`--password${' '.repeat(1_000_000)}`, `token${' '.repeat(1_000_000)}`, 'x-a'.repeat(330_000)]);
    for (const text of hostile) {
      const from = performance.now();
      redactText(text);
      // Linear ones take some 10 ms; quadratic ones minutes.
      expect(performance.now() - from, text.slice(0, 20)).toBeLessThan(4_000);
    }
  });
});
