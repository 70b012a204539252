import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { PlaceFields } from './place-fields.tsx';
import { requestableQuery } from '../../parts/inbox/queries.ts';
import { RequestForm } from './request-form.tsx';
import { RolePreview } from './role-preview.tsx';

/** Longest name that is read from an address; no cluster, namespace or role has a longer one. */
const MAX_NAME_CHARACTERS = 63;

/** Asks for access: where, which role, for how long and why. Where is part of the address, so the link of a denial fills it in. */
export function NewRequestPage() {
  const { api, organization, me } = useSignedIn();
  const router = useRouter();
  const [search, change] = useSearch();
  const name = (key: string) => (search[key] ?? '').slice(0, MAX_NAME_CHARACTERS);
  const place = { cluster: name('cluster'), namespace: name('namespace'), role: name('role') };
  const query = useQuery(requestableQuery(api, organization, place));
  const key = `${place.cluster}/${place.namespace}`;
  // Whoever holds nothing on any cluster is told nothing about one, so the preview would only be a refusal.
  const seesClusters = may(me, 'clusters.read') || (me?.grants.length ?? 0) > 0;
  const hasPreview = seesClusters && place.cluster !== '' && (query.data?.items.length ?? 0) > 0;
  return (
    <Page
      title="Request access"
      crumbs={[{ label: 'Requests', href: paths.inbox() }]}
      railLabel="What it allows"
      {...(hasPreview && { rail: <RolePreview {...place} /> })}
    >
      <div className="flex max-w-[720px] flex-col gap-5 px-6 py-6 max-md:px-4">
        <PlaceFields key={key} place={place} onPlace={(changed) => change({ ...changed })} />
        <Answered query={query} label="Asking what you may ask for">
          {({ items }) => (
            <RequestForm
              key={key}
              api={api}
              organization={organization}
              place={place}
              choices={items}
              onChoose={(role) => change({ role })}
              onSent={({ id }) => void router.navigate({ href: paths.request(id) })}
            />
          )}
        </Answered>
      </div>
    </Page>
  );
}
