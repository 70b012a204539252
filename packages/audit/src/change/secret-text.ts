/**
 * Names under which secrets are kept in plain settings: environment variables, entries of ConfigMaps, annotations, flags.
 * A name that is none costs a masked value; one that is missed costs a secret. So it is wide on purpose.
 */
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)?(?![a-z])|passw|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|encryption|signing|credential|authorization|cookie|salt(?![a-z])|dsn(?![a-z])|connection[-_.]?string|bearer|jwt|htpasswd|kubeconfig|docker[-_.]?(?:cfg|config)|webhook[-_.]?url|license[-_.]?key|_key$|\.(?:key|pem|p12|pfx|jks|keystore)$/i;

/** Whether what stands under this name has to be taken for a secret. The domain in front of an annotation's name says nothing. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.slice(name.lastIndexOf('/') + 1).replace(CAMEL, '$1_$2'));
}

/** `dbPassword` is read as `db_Password`: then the end of a word shows. */
const CAMEL = /([a-z\d])([A-Z])/g;

/** Texts that give themselves away. Each pattern is bounded in length, so that hostile texts of a megabyte cost no time. */
const SECRET_TEXTS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/,
  // JSON Web Tokens: base64url of {" and then something.
  /(?<![\w-])eyJ[\w-]{6,4000}\.[\w-]{4}/,
  // Passwords in URLs (RFC 3986, section 3.2.1).
  /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@:]{0,256}:[^\s/@]{1,256}@/i,
  /\b(?:bearer|basic|token)\s{1,8}[\w+/=.~-]{8}/i,
  // password=…, "token": "…", --api-key=…, in files and on command lines.
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key(?:-data)?|credentials?)["']?\s{0,8}[=:]\s{0,8}["']?[^\s"',;{}[\]]{3}/i,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|sk_live_|sk-|AIza|hvs\.|npm_)[\w-]{10}/,
];

/** Whether a text holds a secret that can be told by its looks. */
export function holdsSecretText(text: string): boolean {
  return SECRET_TEXTS.some((pattern) => pattern.test(text));
}

const FLAG = /^--?[a-z][\w.-]{0,100}$/i;

/** Whether the next word of a command line is a secret, because this one is a flag that takes one. */
export function announcesSecret(word: unknown): boolean {
  return typeof word === 'string' && FLAG.test(word) && isSecretName(word);
}
