import type { KindResource } from '@sallyport/core/api';
import { commitChanges } from '../resources/commit-changes.ts';
import type { ParsedDocument, Viewing } from '../resources/definition.ts';
import { installation } from '../resources/definitions/installation.ts';
import { describeResource } from '../resources/describe-resource.ts';
import { planExisting } from '../resources/plan-change.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertOnInstallation } from './locate.ts';

/** Shows the settings of the installation. */
export const getInstallation: Handler = async (context, call): Promise<KindResource<'Installation'>> => {
  assertOnInstallation(context, call, 'installation.read');
  return describe(context, call);
};

/** Replaces the settings of the installation. */
export const updateInstallation: Handler = async (context, call): Promise<KindResource<'Installation'>> => {
  assertOnInstallation(context, call, 'installation.update');
  const document = call.body as ParsedDocument<'Installation'>;
  const { organization } = call.caller;
  await commitChanges({
    context,
    organization,
    plan: (draft) => [
      planExisting(installation, draft.snapshot.installation, document, call.ifMatch, {
        context,
        call,
        organization,
        draft,
      }),
    ],
    eventOf: (code, facts) => callEvent(context, call, code, facts),
  });
  return describe(context, call);
};

function describe(context: ApiContext, { caller }: Call): KindResource<'Installation'> {
  const snapshot = context.snapshots.current();
  const viewing: Viewing = { context, snapshot, reader: snapshot, caller };
  return describeResource(installation, snapshot.installation, viewing);
}
