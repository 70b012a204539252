import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressText } from '../../app/use-address-text.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { requestableQuery } from '../../parts/inbox/queries.ts';
import { PlaceFields } from './place-fields.tsx';
import { usePlaceSuggestions } from './place-suggestions.ts';
import { RequestForm } from './request-form.tsx';
import { RequestSentence } from './request-sentence.tsx';
import { RolePreview } from './role-preview.tsx';
import { useRequestDraft } from './use-request-draft.ts';

/** Longest name that is read from an address; no cluster, namespace or role has a longer one. */
const MAX_NAME_CHARACTERS = 63;

/** Asks for access: where, which role, for how long and why. Where is part of the address, so the link of a denial fills it in. */
export function NewRequestPage() {
  const { api, organization, me } = useSignedIn();
  const router = useRouter();
  const [search, change] = useSearch();
  const name = (key: string) => (search[key] ?? '').slice(0, MAX_NAME_CHARACTERS);
  const place = { cluster: name('cluster'), namespace: name('namespace'), role: name('role') };
  const [object, setObject] = useAddressText('object');
  // What was filled in stays while another place is asked about.
  const query = useQuery({ ...requestableQuery(api, organization, place), placeholderData: keepPreviousData });
  const choices = query.data?.items ?? [];
  const { draft, change: changeDraft, choose } = useRequestDraft({ ...place, object }, choices);
  const suggestions = usePlaceSuggestions(place.cluster, choices);
  const role = draft.choice?.role ?? place.role;
  // Whoever holds nothing on any cluster is told nothing about one, so the preview would only be a refusal.
  const seesClusters = may(me, 'clusters.read') || (me?.grants.length ?? 0) > 0;
  const hasPreview = seesClusters && place.cluster !== '' && choices.length > 0;
  return (
    <Page
      title="Request access"
      crumbs={[{ label: 'Requests', href: paths.inbox() }]}
      railLabel="What it allows"
      {...(hasPreview && { rail: <RolePreview {...place} role={role} /> })}
    >
      <div className="flex max-w-[720px] flex-col gap-5 px-6 py-6 max-md:px-4">
        {choices.length > 0 && <RequestSentence draft={draft} />}
        <PlaceFields place={place} suggestions={suggestions} onPlace={(changed) => change({ ...changed })} />
        <Answered query={query} label="Asking what you may ask for">
          {({ items }) => (
            <RequestForm
              place={place}
              draft={draft}
              choices={items}
              onChange={changeDraft}
              onChoose={(chosen) => {
                choose(chosen);
                change({ role: chosen.role });
              }}
              onObject={setObject}
              onSent={({ id }) => void router.navigate({ href: paths.request(id) })}
            />
          )}
        </Answered>
      </div>
    </Page>
  );
}
