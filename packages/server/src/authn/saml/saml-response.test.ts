import 'reflect-metadata';
import { createId } from '@sallyport/core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSamlIdentityProvider,
  type SamlIdentityProvider,
  type SamlScript,
} from '../testing/saml-identity-provider.ts';
import { type SamlProvider, samlEndpoints } from './saml-provider.ts';
import { createSamlMetadata, createSamlRequest } from './saml-request.ts';
import { MAX_SAML_RESPONSE_BYTES, readSamlResponse } from './saml-response.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const later = (ms: number) => new Date(AT.getTime() + ms);

let idp: SamlIdentityProvider;
beforeAll(async () => {
  idp = await createSamlIdentityProvider();
});

function aProvider(overrides: Partial<SamlProvider> = {}): SamlProvider {
  return {
    id: createId('identityProvider'),
    organizationId: createId('organization'),
    name: 'company',
    displayName: 'Company',
    issuer: idp.issuer,
    entryPoint: idp.entryPoint,
    certificates: [idp.certificate],
    claims: {},
    groupsSource: 'claims',
    endpoints: samlEndpoints('https://sallyport.example.com', 'acme', 'company'),
    ...overrides,
  };
}

/** A request of ours, and what comes of the provider's answer to it. */
async function exchange(script: SamlScript = {}, provider = aProvider()) {
  const request = await createSamlRequest(provider, { relayState: 'state', mode: 'production' });
  const { acsUrl } = idp.read(request.url);
  const answer = idp.answer({ id: request.id, acsUrl, audience: provider.endpoints.entityId }, AT, script);
  return readSamlResponse(provider, { samlResponse: answer, requestId: request.id, at: AT });
}

/** The same for an answer that must not be taken, for a reason that names `why`. */
async function refuses(script: SamlScript, why: RegExp, provider?: SamlProvider) {
  const error: { code?: string; message: string; cause?: { message?: string } } = await exchange(script, provider).then(
    () => ({ message: 'it was taken' }),
    (failure: Error & { code: string; cause?: { message?: string } }) => failure,
  );
  expect(error).toMatchObject({ code: 'ERR_LOGIN_RESPONSE_INVALID' });
  expect(`${error.message} ${error.cause?.message ?? ''}`).toMatch(why);
}

const between = (xml: string, from: string, to: string) => xml.slice(xml.indexOf(from), xml.indexOf(to) + to.length);
const assertionOf = (xml: string) => between(xml, '<saml:Assertion', '</saml:Assertion>');
const signatureOf = (xml: string) => between(xml, '<Signature', '</Signature>');
const evilTwin = (xml: string) =>
  assertionOf(xml)
    .replace(signatureOf(xml), '')
    .replace('person-1', 'admin')
    .replace(/ ID="[^"]*"/, ' ID="_evil"');

describe('an answer of a SAML provider', () => {
  it('becomes claims, with how and when the person proved who they are', async () => {
    const attributes = { mail: ['ada@example.com'], groups: ['dev', 'ops'], 'urn:oid:2.5.4.42': ['Ada'], one: ['a,b'] };
    expect(await exchange({ nameId: 'x-42', attributes, authnInstant: later(-MINUTE) })).toEqual({
      claims: { sub: 'x-42', mail: 'ada@example.com', groups: ['dev', 'ops'], 'urn:oid:2.5.4.42': 'Ada', one: 'a,b' },
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      authenticatedAt: later(-MINUTE),
    });
  });

  it('may have its subject in an attribute, and then any NameID', async () => {
    const provider = aProvider({ subjectAttribute: 'uid' });
    const nameIdFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
    const { claims } = await exchange({ nameIdFormat, attributes: { uid: ['u-7'], sub: ['admin'] } }, provider);
    expect(claims).toEqual({ uid: 'u-7', sub: 'u-7' });
  });

  it('takes no attribute for the subject that is merely named so', async () => {
    expect((await exchange({ nameId: 'x', attributes: { sub: ['admin'] } })).claims['sub']).toBe('x');
  });

  it('keeps attributes with strange names, and text with references, as they are', async () => {
    const { claims } = await exchange({ nameId: 'a&amp;b', attributes: { __proto__x: ['1'], constructor: ['2'] } });
    expect(claims).toEqual({ sub: 'a&b', __proto__x: '1', constructor: '2' });
  });

  for (const signs of ['assertion', 'both'] as const) {
    it(`is taken with a signature on ${signs === 'both' ? 'the response and the assertion' : 'the assertion'}`, async () => {
      expect((await exchange({ signs })).claims['sub']).toBe('person-1');
    });
  }

  it('is taken under any of the configured certificates', async () => {
    const other = await createSamlIdentityProvider('other.example.com');
    const provider = aProvider({ certificates: [other.certificate, idp.certificate] });
    expect((await exchange({}, provider)).claims['sub']).toBe('person-1');
    await refuses({}, /signature/i, aProvider({ certificates: [other.certificate] }));
  });

  const cases: readonly (readonly [string, SamlScript, RegExp])[] = [
    ['without a signature', { signs: 'nothing' }, /signature/i],
    ['with a signature on the response alone', { signs: 'response' }, /signature/i],
    ['signed with a key that nobody trusts', { isForeignKey: true }, /signature/i],
    ['signed with SHA-1', { algorithm: 'sha1' }, /SHA-1/],
    ['changed after it was signed', { alter: (xml) => xml.replace('person-1', 'person-2') }, /signature/i],
    ['of another issuer', { issuer: 'https://evil.example.com' }, /another issuer/],
    ['for another audience', { audience: 'https://other.example.com' }, /audience/i],
    ['for another recipient', { recipient: 'https://other.example.com/acs' }, /another recipient/],
    ['to another request', { inResponseTo: '_other' }, /another request/],
    ['to no request', { inResponseTo: '' }, /another request/],
    ['not for a bearer', { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }, /bearer/],
    ['that has expired', { notOnOrAfter: later(-MINUTE) }, /expired/],
    ['that is not valid yet', { notBefore: later(2 * MINUTE) }, /not valid yet/],
    ['from the future', { authnInstant: later(2 * MINUTE) }, /future/],
    ['without a name', { nameIdMarkup: '' }, /names nobody/],
    [
      'with a name that lasts for one login',
      { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' },
      /persistent/,
    ],
    ['with a comment in the name', { nameIdMarkup: 'admin<!-- -->.evil.example.com' }, /comment/],
    [
      'with a comment in the name, put there later',
      { alter: (xml) => xml.replace('person-1', 'person<!---->-1') },
      /comment/,
    ],
    ['with CDATA in the name', { nameIdMarkup: '<![CDATA[admin]]>' }, /CDATA/],
    ['with a processing instruction', { alter: (xml) => xml.replace('person-1', 'person-<?x?>1') }, /processing/],
    [
      'with an entity of its own',
      { alter: (xml) => xml.replace('?><', '?><!DOCTYPE r [<!ENTITY e "admin">]><').replace('person-1', '&e;') },
      /document type/,
    ],
    [
      'with an external entity',
      { alter: (xml) => xml.replace('?><', '?><!DOCTYPE r SYSTEM "file:///etc/passwd"><') },
      /document type/,
    ],
    ['with markup amid the name', { nameIdMarkup: 'ad<saml:X/>min' }, /names nobody/],
    ['with markup in the name', { nameIdMarkup: '<saml:X>admin</saml:X>' }, /names nobody/],
    [
      'with an attribute stated twice',
      {
        inAssertion:
          '<saml:AttributeStatement><saml:Attribute Name="a"><saml:AttributeValue>1</saml:AttributeValue></saml:Attribute><saml:Attribute Name="a"><saml:AttributeValue>2</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
      },
      /twice/,
    ],
    [
      'with a second subject',
      { inAssertion: '<saml:Subject><saml:NameID>admin</saml:NameID></saml:Subject>' },
      /2 elements Subject/,
    ],
    ['with second conditions', { inAssertion: '<saml:Conditions/>' }, /conditions/i],
    [
      'with two assertions, the false one first',
      { alter: (xml) => xml.replace('<saml:Assertion', `${evilTwin(xml)}<saml:Assertion`) },
      /multiple assertions|signature/i,
    ],
    [
      'with two assertions, the false one last',
      { alter: (xml) => xml.replace('</samlp:Response>', `${evilTwin(xml)}</samlp:Response>`) },
      /multiple assertions|signature/i,
    ],
    [
      'with the true assertion wrapped into an extension of the false response',
      {
        alter: (xml) =>
          xml.replace(assertionOf(xml), `<samlp:Extensions>${assertionOf(xml)}</samlp:Extensions>${evilTwin(xml)}`),
      },
      /signature/i,
    ],
    [
      'with the true assertion wrapped into the signature of the false one',
      {
        alter: (xml) =>
          xml.replace(
            assertionOf(xml),
            evilTwin(xml).replace(
              '</saml:Issuer>',
              `</saml:Issuer>${signatureOf(xml).replace('</Signature>', `<Object>${assertionOf(xml).replace(signatureOf(xml), '')}</Object></Signature>`)}`,
            ),
          ),
      },
      /signature/i,
    ],
    [
      'with the true assertion wrapped into the false one',
      {
        alter: (xml) =>
          xml.replace(
            assertionOf(xml),
            evilTwin(xml).replace(
              '</saml:Assertion>',
              `<saml:Advice>${assertionOf(xml)}</saml:Advice></saml:Assertion>`,
            ),
          ),
      },
      /signature/i,
    ],
    [
      'with a false assertion of the same id',
      {
        alter: (xml) =>
          xml.replace(
            '<saml:Assertion',
            `${evilTwin(xml).replace('_evil', / ID="([^"]*)"/.exec(assertionOf(xml))?.[1] ?? '')}<saml:Assertion`,
          ),
      },
      /assertions|signature/i,
    ],
    ['without an assertion', { alter: (xml) => xml.replace(assertionOf(xml), '') }, /assertion/i],
    [
      'with an encrypted assertion, for which there is no key',
      {
        alter: (xml) =>
          xml.replace(
            assertionOf(xml),
            '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>',
          ),
      },
      /not accepted/,
    ],
    ['beyond the limit', { attributes: { groups: [' '.repeat(MAX_SAML_RESPONSE_BYTES)] } }, /bytes, limit is 262144/],
    [
      'with more attributes than the limit',
      { attributes: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`a${i}`, ['x']])) },
      /201 attributes, limit is 200/,
    ],
    ['that is no XML', { alter: () => 'admin' }, /not accepted/],
  ];
  for (const [name, script, why] of cases) {
    it(`SEC-E01 is refused ${name}`, () => refuses(script, why));
  }

  it('SEC-E01 is refused when it is not base64 of UTF-8', async () => {
    const provider = aProvider();
    for (const samlResponse of ['', '%%%', '<xml/>', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64')]) {
      await expect(readSamlResponse(provider, { samlResponse, requestId: '_1', at: AT })).rejects.toMatchObject({
        code: 'ERR_LOGIN_RESPONSE_INVALID',
      });
    }
  });

  it('says so when the provider refused', async () => {
    await expect(
      exchange({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder', signs: 'nothing' }),
    ).rejects.toMatchObject({
      code: 'ERR_LOGIN_PROVIDER_REFUSED',
    });
  });
});

describe('a request to a SAML provider', () => {
  it('names us, where to answer, and what to answer to', async () => {
    const provider = aProvider();
    const { id, url } = await createSamlRequest(provider, { relayState: 'state', mode: 'production' });
    const { xml, ...read } = idp.read(url);
    expect(url.href.startsWith(`${idp.entryPoint}?SAMLRequest=`)).toBe(true);
    expect(read).toEqual({
      id,
      acsUrl: 'https://sallyport.example.com/login/saml/acme/company/acs',
      relayState: 'state',
    });
    expect(id).toMatch(/^_[0-9a-f]{40}$/);
    expect(xml).toContain('>https://sallyport.example.com/login/saml/acme/company/metadata</saml:Issuer>');
    expect(xml).toContain('nameid-format:persistent');
    expect(xml).not.toMatch(/ForceAuthn|RequestedAuthnContext/);
  });

  it('asks for a fresh proof of a class where that is demanded', async () => {
    const demand = { maxAgeMs: 0, acr: ['urn:example:mfa'] };
    const { url } = await createSamlRequest(aProvider(), { relayState: 'state', mode: 'production', demand });
    const { xml } = idp.read(url);
    expect(xml).toContain('ForceAuthn="true"');
    expect(xml).toMatch(/RequestedAuthnContext.*>urn:example:mfa</);
  });

  it('goes to https only, or to loopback in development', async () => {
    const plain = aProvider({ entryPoint: 'http://idp.example.com/sso' });
    const loopback = aProvider({ entryPoint: 'http://127.0.0.1:8080/sso' });
    const request = (provider: SamlProvider, mode: 'development' | 'production') =>
      createSamlRequest(provider, { relayState: 's', mode });
    for (const [provider, mode] of [
      [plain, 'production'],
      [plain, 'development'],
      [loopback, 'production'],
    ] as const) {
      await expect(request(provider, mode)).rejects.toMatchObject({ code: 'ERR_LOGIN_PROVIDER_INSECURE' });
    }
    await expect(request(loopback, 'development')).resolves.toBeDefined();
  });

  it('has metadata that a provider can be configured from', () => {
    const metadata = createSamlMetadata(aProvider());
    expect(metadata).toContain('entityID="https://sallyport.example.com/login/saml/acme/company/metadata"');
    expect(metadata).toContain('Location="https://sallyport.example.com/login/saml/acme/company/acs"');
    expect(metadata).toContain('WantAssertionsSigned="true"');
    expect(metadata).toContain('HTTP-POST');
  });
});
