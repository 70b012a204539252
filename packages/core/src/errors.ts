/** What every error of the project is built from. */
export interface CodedErrorOptions<Code extends string> {
  /** Stable code, `ERR_<AREA>_<WHAT>`. Never reused once released. */
  readonly code: Code;
  /** Lower case, no full stop, names the thing, gives both numbers of a comparison. Never a secret. */
  readonly message: string;
  /** The error underneath, for logs. */
  readonly cause?: unknown;
  /** One imperative sentence that says what the reader can do now. Shown by the CLI and by kubectl. */
  readonly nextStep?: string;
}

/**
 * Base of all errors that the packages throw. Callers switch on {@link CodedError.code}, never on the message.
 * `docs/errors.md` has an entry for each code.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly nextStep: string | undefined;

  constructor(options: CodedErrorOptions<Code>) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.nextStep = options.nextStep;
  }
}

/** Whether `value` is an error of ours, with a code to switch on. */
export function isCodedError(value: unknown): value is CodedError {
  return value instanceof CodedError;
}

/** Codes of `@sallyport/core`. */
export type CoreErrorCode =
  /** The request line, path or query has more than one reading; see `RequestAttributes`. */
  | 'ERR_REQUEST_AMBIGUOUS'
  /** An id does not have the form `<prefix>_<26 characters>`. */
  | 'ERR_ID_MALFORMED'
  /** A duration such as `15m` can't be read. */
  | 'ERR_DURATION_MALFORMED'
  /** An impersonated identity is empty, reserved (`system:`) or holds control characters. */
  | 'ERR_IMPERSONATION_INVALID'
  /** A text is not YAML, or nests too deeply. The message begins with the verb: whoever reads it says of what. */
  | 'ERR_YAML_MALFORMED'
  /** The kubeconfig is not YAML, or not a `v1` `Config`. */
  | 'ERR_KUBECONFIG_MALFORMED'
  /** The kubeconfig can't be read or written. */
  | 'ERR_KUBECONFIG_IO'
  /** A kubeconfig cluster to be written has a server that is not a plain https URL. */
  | 'ERR_KUBECONFIG_INSECURE'
  /** The kubeconfig has no context of that name. */
  | 'ERR_KUBECONFIG_CONTEXT'
  /** A path or variable can't be quoted for the credential shim of that platform. */
  | 'ERR_SHIM_VALUE'
  /** A credential is not a token of ours, its signature is wrong, or its claims have the wrong type. */
  | 'ERR_CREDENTIAL_INVALID'
  /** A credential's life has ended. */
  | 'ERR_CREDENTIAL_EXPIRED'
  /** A credential was minted for another audience. */
  | 'ERR_CREDENTIAL_AUDIENCE'
  /** A credential was asked for with a lifetime of zero, or beyond the maximum. */
  | 'ERR_CREDENTIAL_LIFETIME'
  /** A signing key is not P-256, goes by an id that is not its thumbprint, or the active one is missing or retired. */
  | 'ERR_SIGNING_KEY_INVALID'
  /** A capability is not signed by the pinned key, has ended, or does not cover the request. */
  | 'ERR_CAPABILITY_REFUSED'
  /** What an agent is told to keep bound in its cluster is not in the form that it travels in. */
  | 'ERR_UPSTREAM_ACCESS_MALFORMED'
  /** A WebSocket frame breaks RFC 6455 or a limit. */
  | 'ERR_WEBSOCKET_PROTOCOL'
  /** A SPDY/3.1 frame breaks the protocol or a limit. */
  | 'ERR_SPDY_PROTOCOL'
  /** The REST API answered with a problem document; the server's own code stands in `problem.code`. */
  | 'ERR_API_PROBLEM'
  /** The server can't be reached, or its certificate is not trusted. */
  | 'ERR_API_UNREACHABLE';

/** Error of `@sallyport/core`. */
export class CoreError extends CodedError<CoreErrorCode> {}
