import { parseDuration } from '@sallyport/core';
import type { IssuedScimToken, IssueScimToken } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { notFound } from '../resources/permitted.ts';
import { issueScimToken as issue, SCIM_TOKEN_OVERLAP_MS, scimUrl } from '../scim/index.ts';
import { assertHolds, deciding } from './authority.ts';
import { callEvent, type Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

const MAX_OVERLAP_MS = 7 * 24 * 60 * 60 * 1000;

/** Issues a new SCIM token. Whoever has it says who is in which group, so the caller must hold what the provider can give. */
export const issueScimToken: Handler = (context, call): Promise<IssuedScimToken> =>
  deciding(context, call.caller.organization.id, async (snapshot, commit) => {
    assertPermitted(context, call, 'identityProviders.update');
    const { organization } = call.caller;
    const name = call.parameters['name'] ?? '';
    const provider = snapshot.find('IdentityProvider', name, organization.id);
    if (provider === undefined) throw notFound('IdentityProvider', name);
    assertHolds(snapshot, call, {
      kind: 'identityProvider',
      organizationId: organization.id,
      issuer: provider.issuer,
    });
    if (provider.spec.groupsSource !== 'scim') {
      throw new ApiError({
        code: 'ERR_API_REQUEST_INVALID',
        message: `the identity provider ${name} does not take its groups from SCIM`,
        nextStep: 'Set spec.groupsSource of the identity provider to scim first.',
      });
    }
    const { overlap } = call.body as IssueScimToken;
    const overlapMs = overlap === undefined ? SCIM_TOKEN_OVERLAP_MS : parseDuration(overlap);
    if (overlapMs > MAX_OVERLAP_MS) {
      throw new ApiError({
        code: 'ERR_API_REQUEST_INVALID',
        message: `the overlap is ${overlapMs} ms, limit is ${MAX_OVERLAP_MS}`,
        problems: [{ path: 'body.overlap', message: 'must be at most 7d' }],
        nextStep: 'Choose a shorter overlap.',
      });
    }
    const issued: { answer?: IssuedScimToken } = {};
    await commit(async (tx) => {
      const { token, issuedAt, othersEndAt } = await issue(tx, provider.id, { clock: context.clock, overlapMs });
      await tx.put('IdentityProvider', { ...provider, scimTokenIssuedAt: issuedAt }, provider.resourceVersion);
      await tx.appendAudit(
        callEvent(context, call, 'scim.token.issued', {
          details: { identityProvider: name, earlierEndAt: othersEndAt.toISOString() },
        }),
      );
      issued.answer = {
        url: scimUrl(context.publicUrl, organization.name, name),
        token: token.reveal(),
        issuedAt,
        earlierEndAt: othersEndAt,
      };
    });
    return issued.answer as IssuedScimToken;
  });
