// Shows: a policy service of one's own, asked over HTTP about each request that the policy allows. It can only take away, and
// what it doesn't clearly allow is denied: when it is slow, fails, or answers something else.
import type { AccessQuery, OutsideAuthorizer, OutsideVerdict } from '@sallyport/authz';

/** Where the service is, and how long its answers hold. */
export interface ServiceAuthorizerOptions {
  readonly url: string;
  /** How long an answer holds, in milliseconds; as long a change of the service's mind goes unnoticed. */
  readonly answerLifeMs: number;
  /** Most answers that are kept; then the oldest goes. */
  readonly maxAnswers: number;
  readonly now?: () => number;
}

/** Everything that the service's answer can turn on; what is left out here must not matter to it. */
function questionOf({ principal, cluster, attributes }: AccessQuery) {
  const { userName, groups } = principal;
  return { userName, groups, cluster: cluster.name, ...attributes };
}

/** Takes what the service says at its word only if it is exactly a verdict. */
function readVerdict(value: unknown): OutsideVerdict {
  if (typeof value === 'object' && value !== null && 'allowed' in value) {
    if (value.allowed === true) return { effect: 'allow' };
    if (value.allowed === false) {
      const reason = 'reason' in value && typeof value.reason === 'string' ? value.reason.trim() : '';
      return { effect: 'deny', reason: reason || 'the policy service says no' };
    }
  }
  throw new Error('the policy service answered something that is no verdict');
}

/** Makes an authorizer that asks a policy service, and remembers its answers for a while. */
export function createServiceAuthorizer(options: ServiceAuthorizerOptions): OutsideAuthorizer {
  const { url, answerLifeMs, maxAnswers, now = () => performance.now() } = options;
  const answers = new Map<string, { readonly verdict: OutsideVerdict; readonly until: number }>();

  return async (query, { signal }) => {
    const body = JSON.stringify(questionOf(query));
    const known = answers.get(body);
    if (known !== undefined && now() < known.until) return known.verdict;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (answer.status !== 200) throw new Error(`the policy service answered ${answer.status}`);
    const verdict = readVerdict(await answer.json());
    // Only verdicts are remembered: after a failure, the service is asked again.
    answers.delete(body);
    answers.set(body, { verdict, until: now() + answerLifeMs });
    for (const oldest of answers.keys()) {
      if (answers.size <= maxAnswers) break;
      answers.delete(oldest);
    }
    return verdict;
  };
}
