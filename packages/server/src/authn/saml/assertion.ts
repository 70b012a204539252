import { invalid } from './saml-errors.ts';

/** An element as the library's parser yields it: attributes under `$`, text under `_`, children by local name. */
export type Element = { readonly $?: Readonly<Record<string, string>>; readonly _?: string } & {
  readonly [child: string]: unknown;
};

/** A parsed document whose root is an assertion. */
export interface AssertionTree {
  readonly Assertion?: unknown;
}

/** What an assertion must be about. */
export interface AssertionExpectation {
  /** `entityID` of the provider. */
  readonly issuer: string;
  /** Our address that the answer came to. */
  readonly recipient: string;
  readonly requestId: string;
  readonly at: Date;
}

/** What an assertion states. */
export interface Assertion {
  readonly nameId: { readonly value: string; readonly format: string | undefined };
  /** By name; several values are a list. Values that are not text are left as objects, which no mapping takes for text. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly acr?: string;
  readonly authenticatedAt?: Date;
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
/** How far clocks may be apart, in milliseconds. */
const SKEW_MS = 60_000;
const MAX_ATTRIBUTES = 200;

/**
 * Reads an assertion whose signature is verified, and checks that it is meant for us, now, and for this request (SAML
 * profiles, section 4.1.4.3). Where there must be one element there must be exactly one.
 * @throws LoginError `ERR_LOGIN_RESPONSE_INVALID`
 */
export function readAssertion(tree: AssertionTree, expected: AssertionExpectation): Assertion {
  const assertion = asElement(tree.Assertion, 'Assertion');
  if (attribute(assertion, 'Version') !== '2.0') throw invalid('the assertion is not one of SAML 2.0');
  if (text(only(assertion, 'Issuer')) !== expected.issuer) throw invalid('the assertion is of another issuer');

  const subject = only(assertion, 'Subject');
  checkConfirmation(subject, expected);
  const conditions = only(assertion, 'Conditions');
  checkNotBefore(conditions, expected.at);
  checkNotOnOrAfter(conditions, expected.at);

  const nameId = only(subject, 'NameID');
  const value = text(nameId);
  if (value === '') throw invalid('the assertion names nobody');
  const statement = only(assertion, 'AuthnStatement');
  const instant = attribute(statement, 'AuthnInstant');
  const authenticatedAt = instant === undefined ? undefined : readInstant(instant);
  if (authenticatedAt !== undefined && authenticatedAt.getTime() > expected.at.getTime() + SKEW_MS) {
    throw invalid('the login of the assertion lies in the future');
  }
  const acr = readAcr(statement);
  return {
    nameId: { value, format: attribute(nameId, 'Format') },
    attributes: readAttributes(assertion),
    ...(acr !== undefined && { acr }),
    ...(authenticatedAt !== undefined && { authenticatedAt }),
  };
}

function checkConfirmation(subject: Element, { recipient, requestId, at }: AssertionExpectation): void {
  const confirmation = only(subject, 'SubjectConfirmation');
  if (attribute(confirmation, 'Method') !== BEARER) throw invalid('the assertion is not for a bearer');
  const data = only(confirmation, 'SubjectConfirmationData');
  if (attribute(data, 'Recipient') !== recipient) throw invalid('the assertion is for another recipient');
  if (attribute(data, 'InResponseTo') !== requestId) throw invalid('the assertion answers another request');
  if (attribute(data, 'NotBefore') !== undefined) throw invalid('the confirmation of the subject states NotBefore');
  if (attribute(data, 'NotOnOrAfter') === undefined) throw invalid('the confirmation of the subject never ends');
  checkNotOnOrAfter(data, at);
}

function checkNotBefore(element: Element, at: Date): void {
  const notBefore = attribute(element, 'NotBefore');
  if (notBefore !== undefined && at.getTime() + SKEW_MS < readInstant(notBefore).getTime()) {
    throw invalid('the assertion is not valid yet');
  }
}

function checkNotOnOrAfter(element: Element, at: Date): void {
  const notOnOrAfter = attribute(element, 'NotOnOrAfter');
  if (notOnOrAfter !== undefined && at.getTime() - SKEW_MS >= readInstant(notOnOrAfter).getTime()) {
    throw invalid('the assertion has expired');
  }
}

function readAcr(statement: Element): string | undefined {
  const contexts = children(statement, 'AuthnContext');
  const classes = contexts.flatMap((context) => children(context, 'AuthnContextClassRef'));
  const [first] = classes;
  return classes.length === 1 && first !== undefined ? text(first) : undefined;
}

function readAttributes(assertion: Element): Readonly<Record<string, unknown>> {
  // Without a prototype: a name like `__proto__` is a name.
  const attributes: Record<string, unknown> = Object.create(null);
  const stated = children(assertion, 'AttributeStatement').flatMap((statement) => children(statement, 'Attribute'));
  if (stated.length > MAX_ATTRIBUTES) {
    throw invalid(`the assertion has ${stated.length} attributes, limit is ${MAX_ATTRIBUTES}`);
  }
  for (const each of stated) {
    const name = attribute(each, 'Name') ?? '';
    if (name === '' || name in attributes)
      throw invalid(`the assertion states ${JSON.stringify(name)} twice, or nameless`);
    const values = children(each, 'AttributeValue').map(readValue);
    attributes[name] = values.length === 1 ? values[0] : values;
  }
  return attributes;
}

function readValue(element: Element): unknown {
  return hasChildren(element) ? { ...element } : text(element);
}

function only(parent: Element, name: string): Element {
  const found = children(parent, name);
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  throw invalid(`the assertion has ${found.length} elements ${name} where one belongs`);
}

function children(parent: Element, name: string): readonly Element[] {
  const found = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return Array.isArray(found) ? found.map((each) => asElement(each, name)) : [];
}

/** The parser yields an element without attributes and children as bare text. */
function asElement(value: unknown, name: string): Element {
  if (typeof value === 'string') return { _: value };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Element;
  throw invalid(`the answer has no element ${name}`);
}

function attribute(element: Element, name: string): string | undefined {
  return element.$ !== undefined && Object.hasOwn(element.$, name) ? element.$[name] : undefined;
}

/** The text of an element; that of one with children is none, since it would be read in pieces. */
function text(element: Element): string {
  return typeof element._ === 'string' && !hasChildren(element) ? element._ : '';
}

function hasChildren(element: Element): boolean {
  return Object.keys(element).some((key) => key !== '$' && key !== '_');
}

function readInstant(value: string): Date {
  const at = new Date(value);
  // SAML core, section 1.3.3: times are in UTC.
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(at.getTime())) return at;
  throw invalid('the assertion has a time that is none');
}
