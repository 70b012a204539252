/**
 * The rights that a server wants an agent to keep in its cluster: written, read, checked, and named by their hash.
 *
 * Apart from the vocabulary because it hashes with Node: what pages read of the vocabulary runs in browsers too. The types are
 * the vocabulary's own.
 *
 * @packageDocumentation
 */
export {
  describeInstalledMode,
  describeUpstreamAccessProblem,
  encodeUpstreamAccess,
  hashUpstreamAccess,
  parseUpstreamAccess,
  UPSTREAM_ACCESS_LIMITS,
} from './upstream-access.ts';
export {
  describeUpstreamRuleProblem,
  GENERATED_PATH_VERBS,
  GENERATED_VERBS,
  upstreamRoleName,
} from './upstream-roles.ts';
