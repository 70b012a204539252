import { createId } from '@sallyport/core';
import type { KindSpec, NotificationChannelType } from '@sallyport/core/api';
import { callbackUrlOf } from '../../notifications/callback-url.ts';
import { CHANNEL_SECRETS, channelSecrets } from '../../stores/channel-secrets.ts';
import type { Planning, ResourceDefinition } from '../definition.ts';
import { documentProblem, missingReference } from '../references.ts';
import { planSecrets } from './plan-secrets.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';
import { organizationOf } from './targets.ts';

type Spec = KindSpec<'NotificationChannel'>;

/** Where notifications go. Secrets go in and never come out; what may answer is limited to what its maker could do. */
export const notificationChannel: ResourceDefinition<'NotificationChannel'> = {
  kind: 'NotificationChannel',
  recordKind: 'NotificationChannel',
  list: (reader, organizationId) => reader.list('NotificationChannel', organizationId),
  find: (reader, organizationId, name) => reader.find('NotificationChannel', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: organizationOf,
  describe(record, { reader, context }) {
    const { spec, secretNames, reviewsAsId } = record;
    const shown = channelSecrets.without(spec);
    const account = reviewsAsId === undefined ? undefined : reader.get('Principal', reviewsAsId);
    const callbackUrl = callbackUrlOf(context.publicUrl, record);
    return {
      spec: {
        ...shown,
        ...(shown.webhook !== undefined &&
          account !== undefined && { webhook: { ...shown.webhook, reviewsAs: machineNameOf(account) } }),
      },
      // Counts are not of the snapshot: `withDeliveryHealth` fills them in.
      status: {
        pendingCount: 0,
        deadCount: 0,
        secrets: [...secretNames],
        ...(callbackUrl !== undefined && { callbackUrl }),
      },
    };
  },
  plan({ metadata, spec }, existing, planning) {
    const { secretNames, areStated } = planSecrets(channelSecrets, DEMANDED, spec, existing);
    assertNamesSomebody(spec);
    const reviewsAsId = accountOf(spec, planning);
    assertMayAnswer(secretNames, spec, planning);
    return {
      record: {
        id: existing?.id ?? createId('notificationChannel', planning.context.clock.now()),
        organizationId: planning.organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        spec,
        secretNames,
        ...(reviewsAsId !== undefined && { reviewsAsId }),
      },
      ...(areStated && { changesSecret: true }),
    };
  },
};

/** Secrets without which nothing can be sent. Slack's signing secret is for answers alone. */
const DEMANDED: { readonly [Type in NotificationChannelType]: readonly string[] } = {
  ...CHANNEL_SECRETS,
  slack: ['botToken'],
};

function assertNamesSomebody({ email }: Spec): void {
  if (email !== undefined && (email.to ?? []).length === 0 && email.concerned !== true) {
    throw documentProblem('spec.email', 'names nobody', 'Name addresses in to, or set concerned.');
  }
}

function accountOf({ webhook }: Spec, { reader, organization }: Planning) {
  if (webhook?.reviewsAs === undefined) return undefined;
  const account = findPrincipal(reader, organization.id, 'serviceAccount', webhook.reviewsAs);
  if (account !== undefined) return account.id;
  const known = listPrincipals(reader, organization.id, 'serviceAccount').map(machineNameOf);
  throw missingReference('spec.webhook.reviewsAs', 'ServiceAccount', webhook.reviewsAs, known);
}

/**
 * Whoever knows what answers are signed with, or says where the keys for that come from, can answer as anybody that the channel speaks
 * for: everybody, by a Slack app or a bot of Teams; one service account, by a webhook, as by an API key of it.
 */
function assertMayAnswer(
  secretNames: readonly string[],
  { webhook, teamsBot }: Spec,
  { reader, organization, assertHolds, assertPermitted }: Planning,
): void {
  if (secretNames.includes('signingSecret') || teamsBot !== undefined) {
    const role = reader.find('Role', 'owner', organization.id);
    if (role !== undefined) assertHolds({ kind: 'binding', role, scope: { kind: 'organization' } });
  }
  if (webhook?.reviewsAs === undefined) return;
  assertPermitted('apiKeys.create', { kind: 'organization', organizationId: organization.id });
  const account = findPrincipal(reader, organization.id, 'serviceAccount', webhook.reviewsAs);
  if (account !== undefined) assertHolds({ kind: 'identity', principal: account });
}
