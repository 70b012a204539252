import type { Cluster, ResourceCall } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { groupVersion } from './kinds.ts';
import { isJson, type Json, jsonAt, listAt, textAt, textsAt } from './objects.ts';
import type { AccessAttributes, PolicyRule } from './rbac.ts';
import { StatusError } from './status-error.ts';
import { type UserInfo, userInfoJson } from './user.ts';

function attributesOf(spec: Json): AccessAttributes {
  const resource = spec['resourceAttributes'];
  if (isJson(resource)) {
    return {
      isResource: true,
      verb: textAt(resource, 'verb'),
      group: textAt(resource, 'group'),
      resource: textAt(resource, 'resource'),
      subresource: textAt(resource, 'subresource'),
      namespace: textAt(resource, 'namespace'),
      name: textAt(resource, 'name'),
    };
  }
  const path = spec['nonResourceAttributes'];
  if (!isJson(path)) {
    throw new StatusError(
      'Invalid',
      'spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
  return { isResource: false, verb: textAt(path, 'verb'), path: textAt(path, 'path') };
}

function access(cluster: Cluster, user: UserInfo, spec: Json): Json {
  const reason = cluster.rbac.authorize(user, attributesOf(spec));
  return reason === undefined ? { allowed: false } : { allowed: true, ...(reason && { reason }) };
}

function userOf(spec: Json): UserInfo {
  const extra = Object.fromEntries(
    Object.entries(jsonAt(spec, 'extra')).map(([key]) => [key, textsAt(spec, `extra.${key}`)]),
  );
  return { username: textAt(spec, 'user'), uid: textAt(spec, 'uid'), groups: textsAt(spec, 'groups'), extra };
}

function ruleJson(rule: PolicyRule): Json {
  return {
    verbs: rule.verbs,
    apiGroups: rule.apiGroups,
    resources: rule.resources,
    ...(rule.resourceNames.length > 0 && { resourceNames: rule.resourceNames }),
  };
}

function rulesStatus(cluster: Cluster, user: UserInfo, namespace: string): Json {
  if (namespace === '') {
    throw new StatusError('BadRequest', 'no namespace on request');
  }
  const rules: readonly PolicyRule[] = [...cluster.rbac.rulesFor(user, namespace).map(({ rule }) => rule)];
  return {
    incomplete: false,
    resourceRules: rules.filter((rule) => rule.resources.length > 0).map(ruleJson),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs.length > 0)
      .map((rule) => ({ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs })),
  };
}

function tokenStatus(cluster: Cluster, spec: Json): Json {
  const checked = cluster.tokens.check(textAt(spec, 'token'));
  const wanted = textsAt(spec, 'audiences');
  const audiences = wanted.length === 0 ? [cluster.tokens.issuer] : wanted;
  const shared = checked?.audiences.filter((audience) => audiences.includes(audience)) ?? [];
  if (!checked || shared.length === 0) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: userInfoJson(checked.user), audiences: shared };
}

/** Answers the kinds that are asked and not stored. */
export function createReview(cluster: Cluster, call: ResourceCall): Json {
  const { kind, user, info } = call;
  const body = decodeBody(call);
  const spec = jsonAt(body, 'spec');
  const review = (status: Json): Json => ({
    kind: kind.kind,
    apiVersion: groupVersion(kind),
    metadata: { creationTimestamp: null, ...(info.namespace && { namespace: info.namespace }) },
    ...(kind.kind !== 'SelfSubjectReview' && { spec }),
    status,
  });
  switch (kind.kind) {
    case 'SelfSubjectAccessReview':
      return review(access(cluster, user, spec));
    case 'SubjectAccessReview':
      return review(access(cluster, userOf(spec), spec));
    case 'LocalSubjectAccessReview':
      if (textAt(spec, 'resourceAttributes.namespace') !== info.namespace) {
        throw new StatusError('BadRequest', 'spec.resourceAttributes.namespace must match namespace');
      }
      return review(access(cluster, userOf(spec), spec));
    case 'SelfSubjectRulesReview':
      return review(rulesStatus(cluster, user, textAt(spec, 'namespace')));
    case 'SelfSubjectReview':
      return review({ userInfo: userInfoJson(user) });
    case 'TokenReview':
      return review(tokenStatus(cluster, spec));
    default:
      throw new StatusError('MethodNotAllowed', `${kind.kind} can not be created`);
  }
}

/** Shortest life of a token, in seconds. */
const MIN_TOKEN_SECONDS = 600;

/** Answers `serviceaccounts/<name>/token`. */
export function createToken(cluster: Cluster, call: ResourceCall, account: { readonly uid: string }): Json {
  const body = decodeBody(call);
  const seconds = jsonAt(body, 'spec')['expirationSeconds'] ?? 3_600;
  if (typeof seconds !== 'number' || seconds < MIN_TOKEN_SECONDS) {
    throw new StatusError(
      'Invalid',
      `TokenRequest.authentication.k8s.io ${JSON.stringify(call.info.name)} is invalid: spec.expirationSeconds: Invalid value: ${String(seconds)}: may not specify a duration less than 10 minutes`,
    );
  }
  const wanted = textsAt(body, 'spec.audiences');
  const audiences = wanted.length === 0 ? [cluster.tokens.issuer] : wanted;
  const expiresAtSeconds = Math.floor(cluster.clock.now() / 1_000) + seconds;
  const token = cluster.tokens.mint({
    namespace: call.info.namespace,
    name: call.info.name,
    uid: account.uid,
    audiences,
    expiresAtSeconds,
  });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: call.info.name, namespace: call.info.namespace, creationTimestamp: null },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: listAt(body, 'spec.boundObjectRef')[0] ?? null },
    status: { token, expirationTimestamp: new Date(expiresAtSeconds * 1_000).toISOString().replace('.000', '') },
  };
}
