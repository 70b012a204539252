/** What stands in place of what was taken out of a text. */
export const REDACTED = '[redacted]';

/** One way in which secrets show up in texts. */
interface SecretShape {
  /**
   * Found in every text that holds the shape, also in the JSON of that text. Read by one pass over a whole line, so it may be true
   * of a text that holds no secret, and must be cheap to refute.
   */
  readonly trace: RegExp;
  /** What is replaced. Every quantifier is bounded or can't be entered twice: texts are hostile and up to megabytes long. */
  readonly pattern: RegExp;
  /** What stays of a match; its groups as in `pattern`. Nothing, unless stated. */
  readonly replace?: (match: string, ...groups: string[]) => string;
}

const NAMES =
  'token|secret|passw(?:or)?d|passwd|passphrase|pwd|api[_-]?key|access[_-]?key|private[_-]?key|(?:client-)?key-data|credential';
const VALUE = String.raw`"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"',;&{}[\]]+`;
/** What `password: true` and `tokens: 5` say is no secret. */
const PLAIN_VALUE = /^["']?(?:true|false|null|undefined|none|\d{1,6}|\[redacted)["']?$/i;

/**
 * The shapes, in the order in which they are replaced: whole headers before the credentials in them.
 *
 * Header names: RFC 9110 and RFC 6265; schemes: RFC 6750, RFC 7617, RFC 9449; JSON Web Tokens: RFC 7519 (a JSON object in
 * base64url begins with `eyJ`); private keys: RFC 7468; credentials in addresses: RFC 3986, section 3.2.1.
 */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    trace: /PRIVATE KEY/,
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
  },
  // The same in base64, as kubeconfigs and Secrets hold it.
  { trace: /LS0tLS1CRUdJTi/, pattern: /LS0tLS1CRUdJTi[\w+/=-]*/g },
  {
    trace: /authorization|cookie|x-api-key|-token/i,
    pattern:
      /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-[a-z]{1,20}(?:-[a-z]{1,20})?-token)(["']?\s{0,8}[:=]\s{0,8}["']?)[^\r\n"']+/gi,
    replace: (_match, name, separator) => `${name}${separator}${REDACTED}`,
  },
  {
    trace: /(?:bearer|basic|digest|dpop|negotiate)(?:\\?[\sntr+]|%20)/i,
    pattern: /\b(bearer|basic|digest|dpop|negotiate)(\s{1,8}|%20|\+)([^\s"',;)]{8,})/gi,
    // A word of a sentence is no credential.
    replace: (match, scheme, space, credential) =>
      /^[a-z-]{1,24}[.:]?$/.test(credential) ? match : `${scheme}${space}${REDACTED}`,
  },
  { trace: /eyJ/, pattern: /(?<![A-Za-z0-9])eyJ[\w+/=-]{10,}(?:\.[\w-]*){0,4}/g },
  // How browsers hand a bearer token to a Kubernetes API server over WebSocket.
  { trace: /base64url\.bearer/i, pattern: /base64url\.bearer\.authorization\.k8s\.io\.[\w=-]+/gi },
  { trace: /:\/\/[^/\s?#"]*@/, pattern: /(:\/\/)[^\s/?#"'<>]*@/g, replace: () => `://${REDACTED}@` },
  { trace: /__(?:Host|Secure)-/, pattern: /(__(?:Host|Secure)-[\w-]{1,64}=)[^;\s"']+/g, replace: keepName },
  // Join tokens, links that set up a sign-in, API keys, SCIM tokens and webhook secrets of Sallyport; tokens that platforms mark as such.
  {
    trace:
      /(?:sjt|sil|sak|sct|whsec|gh[opsur]|github_pat|glpat|xox[a-z]|sk_live|rk_live|npm|dckr_pat)[_-]|AKIA|AIza|hvs\./,
    pattern:
      /(?<![A-Za-z0-9])(?:(?:sjt|sil|sak|sct|whsec|gh[opsur]|github_pat|glpat|xox[a-z]|sk_live|rk_live|npm|dckr_pat)[_-][\w+/=-]{12,}|AKIA[A-Z0-9]{16}|AIza[\w-]{35}|hvs\.[\w-]{20,})/g,
  },
  {
    trace:
      /[?&;][\w.-]{0,40}(?:token|secret|passw|pwd|key|sig|credential|assertion|session|jwt|auth|code)[\w.-]{0,20}=/i,
    pattern:
      /([?&;][\w.-]{0,40}(?:token|secret|passw(?:or)?d|passwd|pwd|key|sig|signature|credential|assertion|session|jwt|auth|code)[\w.-]{0,20}=)[^&#;\s"']+/gi,
    replace: keepName,
  },
  {
    trace: /--from-literal/,
    pattern: new RegExp(String.raw`(--from-literal[=\s]\s{0,8}[^\s=]{1,253}=)(?:${VALUE})`, 'g'),
    replace: keepName,
  },
  {
    trace: new RegExp(String.raw`--[\w-]{0,40}(?:${NAMES})[\s=]`, 'i'),
    pattern: new RegExp(String.raw`(--[\w-]{0,40}(?:${NAMES})(?:=|\s{1,8}))(${VALUE})`, 'gi'),
    replace: keepName,
  },
  {
    trace: new RegExp(String.raw`(?:${NAMES})s?(?:\\*["'])?\s{0,8}[:=]`, 'i'),
    pattern: new RegExp(String.raw`((?:${NAMES})s?\\{0,4}["']?\s{0,8}[:=]\s{0,8}\\{0,4})(${VALUE})`, 'gi'),
    replace: (match, name, value) => (PLAIN_VALUE.test(value) ? match : `${name}${quoted(value)}`),
  },
];

function keepName(_match: string, name: string): string {
  return `${name}${REDACTED}`;
}

/** JSON stays JSON, and YAML stays YAML. */
function quoted(value: string): string {
  const [quote] = value;
  return quote === '"' || quote === "'" ? `${quote}${REDACTED}${quote}` : REDACTED;
}
