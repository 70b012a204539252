import { parseRequestAttributes, type RequestAttributes } from '@sallyport/core';
import type { ProxiedRequestSpec } from '@sallyport/core/api';

/**
 * The attributes of a request that somebody wrote down.
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS` for a target without a single reading
 */
export function readRequest(spec: ProxiedRequestSpec): RequestAttributes {
  if ('target' in spec) return parseRequestAttributes(spec.method ?? 'GET', spec.target);
  const { verb, apiGroup = '', namespace = '', name = '' } = spec;
  const slash = spec.resource.indexOf('/');
  return {
    kind: 'resource',
    verb,
    apiGroup,
    apiVersion: '*',
    resource: slash < 0 ? spec.resource : spec.resource.slice(0, slash),
    subresource: slash < 0 ? '' : spec.resource.slice(slash + 1),
    namespace,
    name,
    remainder: '',
    path: '',
  };
}
