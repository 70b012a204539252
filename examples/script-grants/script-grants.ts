import { createApiClient } from '@sallyport/core/api';

/** Where to ask, and with whose API keys. */
export interface ScriptOptions {
  readonly baseUrl: string;
  readonly organization: string;
  readonly cluster: string;
  readonly requesterKey: string;
  readonly reviewerKey: string;
  readonly fetch?: typeof fetch;
}

/** Asks for the role viewer as one, approves that as the other, lists pods under it, and gives it back. */
export async function listPodsUnderGrant(options: ScriptOptions): Promise<readonly string[]> {
  const { baseUrl, organization, cluster, fetch = globalThis.fetch } = options;
  const requester = createApiClient({ baseUrl, fetch, accessToken: () => options.requesterKey });
  const reviewer = createApiClient({ baseUrl, fetch, accessToken: () => options.reviewerKey });
  const scope = { kind: 'clusters' as const, clusters: [cluster] };
  const body = { role: 'viewer', scope, duration: '15m', reason: 'nightly inventory' };
  const { id, contentSha256 } = await requester.createAccessRequest({ organization, body });
  const approval = { verdict: 'approve', contentSha256 } as const;
  const { grant } = await reviewer.reviewAccessRequest({ organization, id, body: approval });
  if (grant === undefined) throw new Error(`${id} waits for further approvals`);
  try {
    const { token } = await requester.mintKubeCredential({ organization, name: cluster });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${baseUrl}/k/${organization}/${cluster}/api/v1/pods`, { headers });
    if (!answer.ok) throw new Error(await answer.text());
    const { items } = (await answer.json()) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name);
  } finally {
    await requester.revokeGrant({ organization, id: grant.id, body: { reason: 'the inventory is done' } });
  }
}
