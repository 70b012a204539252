import type {
  AccessLimits,
  Cluster,
  Impersonation,
  LabelSelector,
  LoginSessionId,
  Principal,
  Privilege,
  RequestAttributes,
} from '@sallyport/core';
import type { LimitReason } from './limits.ts';
import type { NamespaceSelection } from './policy.ts';
import type { EffectiveSettings } from './settings.ts';

/** One question: may this principal do this on this cluster, now? */
export interface AccessQuery {
  readonly principal: Principal;
  /** Name of the project that owns the cluster, for conditions. Absent: none, or not known. */
  readonly projectName?: string;
  /** Absent for principals that have no login session (system, workload). */
  readonly loginSessionId?: LoginSessionId;
  readonly cluster: Cluster;
  readonly attributes: RequestAttributes;
  readonly at: Date;
  /**
   * Labels of the namespace that the request names, as last seen in the cluster. Absent: not known, and no label selector
   * over namespaces matches.
   */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Settings that apply to this principal on this cluster. Absent: nothing is restricted. */
  readonly settings?: EffectiveSettings;
  /** Whence the request comes, as far as it is known; settings that need what is not known deny. */
  readonly origin?: RequestOrigin;
  /** How the principal signed in, for conditions. Absent: not known, and a condition that reads it does not hold. */
  readonly authentication?: AuthenticationFacts;
  /** What the body says, when an earlier decision on the same request asked for it (obligation `inspect`). */
  readonly content?: RequestContent;
  /** Whom the request asks to act as (kubectl --as). Absent: as oneself. */
  readonly actAs?: ActAs;
}

/** How and when somebody signed in. */
export interface AuthenticationFacts {
  readonly method: string;
  readonly authenticatedAt: Date;
  /** Authentication context class (OpenID Connect `acr`). */
  readonly acr?: string;
  /** Authentication methods (RFC 8176). */
  readonly amr?: readonly string[];
  /** Claims of the identity provider that were kept at the login. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Another user of the organization, and what one wants to be with them. */
export interface ActAs {
  readonly userName: string;
  /** Groups named with `--as-group`; the user's own don't count, as in Kubernetes. */
  readonly groups: readonly string[];
  /** The principal of that name in the organization; absent when there is none, and nothing is allowed. */
  readonly principal?: Principal;
}

/** What a request's body says, as far as decisions need it. Made from the body by whoever carries the request. */
export interface RequestContent {
  /** Privileges that the body needs, each with where it says so (`spec.containers[0].securityContext.privileged`). */
  readonly privileges: readonly { readonly privilege: Privilege; readonly at: string }[];
  /** Whether the request may bring an object into being, whatever its verb (a PUT without a resourceVersion, an apply). */
  readonly mayCreate: boolean;
  /** How the body contradicts the URL (namespace, name, kind, API version), as one phrase; absent when it doesn't. */
  readonly contradiction?: string;
  /** Whether it would write back the mask of a Secret in place of what the mask hides. */
  readonly holdsMask: boolean;
  /**
   * Whether it is a patch of a Secret that brings to light what the mask hides: by copying or moving data, or by testing a guess
   * at them. Absent: it is not.
   */
  readonly revealsHidden?: true;
}

/** Whence a request comes. */
export interface RequestOrigin {
  /**
   * `web`: the views of the web UI. `webKubectl`: kubectl in the browser. `kubectl`: everything else that presents a kube
   * credential.
   */
  readonly channel: 'kubectl' | 'webKubectl' | 'web';
  /** Whether the principal is signed in to the web UI at this moment. */
  readonly hasWebSession: boolean;
  /** Address of the peer, as the front door knows it, for sentences. */
  readonly address: string;
  /** Whether that address is in one of `ranges` (CIDR or single addresses). What can't be read holds nothing. */
  isAddressIn(ranges: readonly string[]): boolean;
}

/** The verdict on one {@link AccessQuery}. */
export type Decision = Allow | Deny;

/** Only an `Allow` can build an upstream request: it alone says who to act as. */
export interface Allow {
  readonly effect: 'allow';
  readonly impersonate: Impersonation;
  /** What must be done for the request to proceed. */
  readonly obligations: readonly Obligation[];
  /** When the basis of this decision ends; absent for standing bindings. */
  readonly expiresAt?: Date;
  /** What the principal may use on this cluster at most, by the roles and policies of this decision. Absent: no limit. */
  readonly limits?: AccessLimits;
  /** The roles and policies that set the numbers of {@link Allow.limits}; the path of each says which number. */
  readonly limitedBy?: readonly LimitReason[];
  /**
   * Whether a condition had a say: then the decision can change while no document does, by the time for example, and what is
   * kept open on it has to be decided again now and then.
   */
  readonly isConditional?: true;
  readonly reasons: readonly Reason[];
  readonly snapshotVersion: number;
}

/** A role that a principal may ask for by a request policy. */
export interface RequestableRole {
  readonly role: string;
  /** Longest life of a grant that may be asked for, in milliseconds: of several request policies the longest. */
  readonly maxDurationMs: number;
}

/** A refusal. Carries no identity, so nothing can be forwarded by mistake. */
export interface Deny {
  readonly effect: 'deny';
  readonly reasons: readonly Reason[];
  /** Roles that would allow it, and that the principal may ask for there by a request policy; the least powerful first. */
  readonly requestable: readonly RequestableRole[];
  readonly snapshotVersion: number;
}

/** Something an allow demands. */
export type Obligation =
  /** Record the terminal, or don't open it. */
  | { readonly kind: 'record' }
  /**
   * Read the body and decide again with `content`. Nothing goes upstream on a decision that holds this one; it goes together
   * with no other obligation that depends on the body.
   */
  | { readonly kind: 'inspect' }
  /** Of what is listed, watched or got, let through what at least one of the parts admits. */
  | { readonly kind: 'filter'; readonly view: readonly ViewPart[] }
  /** Hide the data of Secrets in the answer. */
  | { readonly kind: 'maskSecrets' };

/** Objects that may be seen: those for which everything holds that is given. An empty part admits everything. */
export interface ViewPart {
  /** Only objects in these namespaces; objects of the cluster are in none. */
  readonly namespaces?: NamespaceSelection;
  /** Only objects of these names. */
  readonly names?: readonly string[];
  /** Only objects with these labels. */
  readonly labels?: LabelSelector;
  /** No objects in these namespaces, which a policy denies; objects of the cluster are in none and stay. */
  readonly exceptNamespaces?: readonly string[];
  /** No objects of these names, which a policy denies. */
  readonly exceptNames?: readonly string[];
}

/** Why a decision came out as it did: the sentence, and the document it comes from. */
export interface Reason {
  readonly message: string;
  /** For example `binding/bnd_…`, `role/rol_…` or `accessPolicy/apl_…`. */
  readonly source?: string;
  /** Where in that document, for example `deny[0].rules[1]`. Of a binding: which of the rules of its role. */
  readonly path?: string;
}

/** Decides. Synchronous, total, no I/O: a broken rule denies and says so. */
export type Authorizer = (query: AccessQuery) => Decision;
