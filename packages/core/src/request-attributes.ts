/** What a request asks for, in the words of kube-apiserver's authorizers. */
export type RequestAttributes = ResourceAttributes | NonResourceAttributes;

/** A request about an API resource. Empty strings mean "none", as in kube-apiserver. */
export interface ResourceAttributes {
  readonly kind: 'resource';
  /** get, list, watch, create, update, patch, delete, deletecollection, or the lower-case method where none fits. */
  readonly verb: string;
  /** `''` for the core group. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Plural, for example `pods`. */
  readonly resource: string;
  /** For example `exec`, `log`, `status`; `''` for the resource itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What stands after the subresource, for example the path behind `proxy`. */
  readonly remainder: string;
  /** Canonical path, still encoded, that the attributes were read from and that goes upstream. */
  readonly path: string;
}

/** A request about a path that is no resource, for example `/version`. */
export interface NonResourceAttributes {
  readonly kind: 'nonResource';
  /** The lower-case HTTP method. */
  readonly verb: string;
  readonly path: string;
}
