import { generateKeyPairSync, type KeyObject, randomUUID, webcrypto } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { signXml } from '@node-saml/node-saml/lib/xml.js';
import * as x509 from '@peculiar/x509';

/** What an answer says, each part changeable by a test. */
export interface SamlScript {
  readonly issuer?: string;
  readonly nameId?: string;
  /** Markup in place of the NameID element's text. */
  readonly nameIdMarkup?: string;
  readonly nameIdFormat?: string;
  readonly audience?: string;
  readonly recipient?: string;
  readonly inResponseTo?: string;
  readonly method?: string;
  readonly notBefore?: Date;
  readonly notOnOrAfter?: Date;
  readonly authnInstant?: Date;
  readonly acr?: string;
  /** Values by attribute name. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  /** Further markup inside of the assertion, before it is signed. */
  readonly inAssertion?: string;
  readonly status?: string;
  readonly signs?: 'assertion' | 'response' | 'both' | 'nothing';
  readonly algorithm?: 'sha1' | 'sha256';
  /** Signs with a key that nobody trusts. */
  readonly isForeignKey?: boolean;
  /** Changes the document after it was signed. */
  readonly alter?: (xml: string) => string;
}

/** A SAML identity provider in software: reads our requests, signs what a test wants it to say. */
export interface SamlIdentityProvider {
  readonly issuer: string;
  readonly entryPoint: string;
  readonly certificate: string;
  /** Reads the request out of the address that a browser is sent to. */
  read(url: URL): { readonly id: string; readonly acsUrl: string; readonly relayState: string; readonly xml: string };
  /** The answer to a request, base64. */
  answer(
    request: { readonly id: string; readonly acsUrl: string; readonly audience: string },
    at: Date,
    script?: SamlScript,
  ): string;
}

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const ASSERTION_XPATH = "//*[local-name(.)='Assertion' and namespace-uri(.)='urn:oasis:names:tc:SAML:2.0:assertion']";
const RESPONSE_XPATH = "/*[local-name(.)='Response']";

/** Creates a provider with a key of its own. */
export async function createSamlIdentityProvider(
  name = 'idp.example.com',
  entryPoint = `https://${name}/sso`,
): Promise<SamlIdentityProvider> {
  const issuer = `https://${name}/saml`;
  const [own, foreign] = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ];
  const certificate = await certify(own, name);

  return {
    issuer,
    entryPoint,
    certificate,
    read(url) {
      const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString('utf8');
      const attribute = (each: string) => new RegExp(` ${each}="([^"]*)"`).exec(xml)?.[1] ?? '';
      return {
        id: attribute('ID'),
        acsUrl: attribute('AssertionConsumerServiceURL'),
        relayState: url.searchParams.get('RelayState') ?? '',
        xml,
      };
    },
    answer(request, at, script = {}) {
      const { signs = 'assertion', algorithm = 'sha256', alter = (xml) => xml } = script;
      const key = (script.isForeignKey === true ? foreign : own).privateKey.export({ type: 'pkcs8', format: 'pem' });
      const sign = (xml: string, xpath: string) =>
        signXml(
          xml,
          xpath,
          { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
          { privateKey: String(key), signatureAlgorithm: algorithm, digestAlgorithm: algorithm },
        );
      let xml = response(issuer, request, at, script);
      if (signs === 'assertion' || signs === 'both') xml = sign(xml, ASSERTION_XPATH);
      if (signs === 'response' || signs === 'both') xml = sign(xml, RESPONSE_XPATH);
      return Buffer.from(alter(xml)).toString('base64');
    },
  };
}

function response(
  issuer: string,
  request: { readonly id: string; readonly acsUrl: string; readonly audience: string },
  at: Date,
  script: SamlScript,
): string {
  const instant = (date: Date) => date.toISOString();
  const until = instant(script.notOnOrAfter ?? new Date(at.getTime() + 300_000));
  const notBefore = script.notBefore === undefined ? '' : ` NotBefore="${instant(script.notBefore)}"`;
  const attributes = Object.entries(script.attributes ?? {}).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  const status = script.status ?? 'urn:oasis:names:tc:SAML:2.0:status:Success';
  const assertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomUUID()}" Version="2.0" IssueInstant="${instant(at)}"><saml:Issuer>${script.issuer ?? issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${script.nameIdFormat ?? PERSISTENT}">${script.nameIdMarkup ?? script.nameId ?? 'person-1'}</saml:NameID><saml:SubjectConfirmation Method="${script.method ?? 'urn:oasis:names:tc:SAML:2.0:cm:bearer'}"><saml:SubjectConfirmationData InResponseTo="${script.inResponseTo ?? request.id}" Recipient="${script.recipient ?? request.acsUrl}" NotOnOrAfter="${until}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions${notBefore} NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>${script.audience ?? request.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${instant(script.authnInstant ?? at)}" SessionIndex="_s1"><saml:AuthnContext><saml:AuthnContextClassRef>${script.acr ?? 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>${attributes.length === 0 ? '' : `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`}${script.inAssertion ?? ''}</saml:Assertion>`;
  const content = script.status === undefined ? assertion : '';
  return `<?xml version="1.0" encoding="UTF-8"?><samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomUUID()}" Version="2.0" IssueInstant="${instant(at)}" Destination="${request.acsUrl}" InResponseTo="${request.id}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>${content}</samlp:Response>`;
}

async function certify(
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  name: string,
): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const [publicKey, privateKey] = await Promise.all([
    webcrypto.subtle.importKey('spki', keys.publicKey.export({ type: 'spki', format: 'der' }), algorithm, true, [
      'verify',
    ]),
    webcrypto.subtle.importKey('pkcs8', keys.privateKey.export({ type: 'pkcs8', format: 'der' }), algorithm, true, [
      'sign',
    ]),
  ]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { keys: { publicKey, privateKey }, name: `CN=${name}`, signingAlgorithm: algorithm },
    webcrypto,
  );
  return certificate.toString('pem');
}
