import { actionClassOf, type Principal } from '@sallyport/core';
import { createExpressionEnvironment, type ExpressionEnvironment, type ExpressionType } from '../cel/environment.ts';
import type { AccessQuery } from '../query.ts';
import { mayBeNamespaced } from '../view/collection.ts';

/** Fields of a variable, with their types. */
export type Fields = Readonly<Record<string, ExpressionType>>;

/** What is told of a principal. */
export const USER = {
  name: 'string',
  kind: 'string',
  issuer: 'string',
  groups: 'list<string>',
  localGroups: 'list<string>',
} satisfies Fields;

/** What is told of how somebody signed in. */
export const SESSION = {
  method: 'string',
  authenticatedAt: 'timestamp',
  acr: 'string',
  amr: 'list<string>',
  claims: 'map<string, dyn>',
} satisfies Fields;

const REQUEST = {
  verb: 'string',
  apiGroup: 'string',
  resource: 'string',
  subresource: 'string',
  namespace: 'string',
  name: 'string',
  path: 'string',
  isMutating: 'bool',
} satisfies Fields;

const CLUSTER = { name: 'string', labels: 'map<string, string>', project: 'string' } satisfies Fields;

const NETWORK = { address: 'string', channel: 'string' } satisfies Fields;

/** Values of a variable with fields. The engine tells such types by their class; an instance holds what is known and lacks the rest. */
export class Facts {
  constructor(values: object) {
    Object.assign(this, values);
  }
}
/** Values of {@link USER}. */
export class UserFacts extends Facts {}
/** Values of {@link SESSION}. */
export class SessionFacts extends Facts {}
class RequestFacts extends Facts {}
class ClusterFacts extends Facts {}
class NetworkFacts extends Facts {}

/** Everything that a condition may read, with its fields; `docs/policies.md` says what each is. */
export const CONDITION_VARIABLES = {
  user: { of: UserFacts, fields: USER },
  session: { of: SessionFacts, fields: SESSION },
  request: { of: RequestFacts, fields: REQUEST },
  cluster: { of: ClusterFacts, fields: CLUSTER },
  network: { of: NetworkFacts, fields: NETWORK },
  now: 'timestamp',
} as const;

let environment: ExpressionEnvironment | undefined;

/** What conditions of bindings and access policies are compiled against. Made when the first of them is compiled. */
export function conditionEnvironment(): ExpressionEnvironment {
  environment ??= createExpressionEnvironment(CONDITION_VARIABLES);
  return environment;
}

/** What is known of some fields. */
export type Values<Of extends Fields> = { readonly [Field in keyof Of]?: unknown };

/** What conditions read of one query. What is not known is left out, and reading it makes a condition fail. */
export function conditionFacts(query: AccessQuery): Readonly<Record<string, unknown>> {
  const { principal, attributes, cluster, origin, authentication, projectName, at } = query;
  return {
    user: new UserFacts(factsOf(principal)),
    session: new SessionFacts((authentication ?? {}) satisfies Values<typeof SESSION>),
    request: new RequestFacts({
      verb: attributes.verb,
      path: attributes.path,
      isMutating: actionClassOf(attributes, false) !== 'read',
      ...wordsOf(attributes),
    } satisfies Values<typeof REQUEST>),
    cluster: new ClusterFacts({
      name: cluster.name,
      labels: cluster.labels,
      ...(projectName !== undefined && { project: projectName }),
    } satisfies Values<typeof CLUSTER>),
    network: new NetworkFacts({
      ...(origin !== undefined && { address: origin.address, channel: origin.channel }),
    } satisfies Values<typeof NETWORK>),
    now: at,
  };
}

/** What conditions read of a principal. */
export function factsOf({ userName, kind, issuer, groups, localGroups = [] }: Principal): Values<typeof USER> {
  return { name: userName, kind, issuer, groups, localGroups };
}

/** Verbs that are about every object that there is, when the request names none. */
const COLLECTIVE: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/**
 * Of a path that is no resource every word is empty, so that a condition need not ask first which of the two it has. What is
 * about many objects has no one name and no one namespace: reading it fails, or a condition against one namespace would let
 * through a list of them all.
 */
function wordsOf(attributes: AccessQuery['attributes']): Values<typeof REQUEST> {
  if (attributes.kind === 'nonResource')
    return { apiGroup: '', resource: '', subresource: '', namespace: '', name: '' };
  const { verb, apiGroup, resource, subresource, namespace, name } = attributes;
  const isCollective = COLLECTIVE.has(verb);
  return {
    apiGroup,
    resource,
    subresource,
    ...(!(isCollective && namespace === '' && mayBeNamespaced(apiGroup, resource)) && { namespace }),
    ...(!(isCollective && name === '') && { name }),
  };
}
