import { Loading } from '../components/loading.tsx';
import { PageFrame } from '../components/page-frame.tsx';
import { PlaceFields } from '../components/place-fields.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { RequestForm } from '../components/request-form.tsx';
import { useAnswer } from '../hooks/use-answer.ts';
import { navigate } from '../hooks/use-route.ts';
import { type AskedPlace, paths } from '../route.ts';
import type { SignedIn } from './signed-in.tsx';

/** Asks for access: where, which role, for how long and why. Where is part of the address, so the link of a denial fills it in. */
export function NewRequestPage({ session, api, place }: SignedIn & { readonly place: AskedPlace }) {
  const organization = session.organization.name;
  const { cluster, namespace } = place;
  const { answer, reload } = useAnswer(JSON.stringify([organization, cluster, namespace]), (signal) =>
    api.listRequestable(
      { organization, ...(cluster !== '' && { cluster }), ...(namespace !== '' && { namespace }) },
      { signal },
    ),
  );
  return (
    <PageFrame title="Request access" session={session}>
      <PlaceFields
        key={`${cluster}/${namespace}`}
        place={place}
        onPlace={(changed) => navigate(paths.newRequest({ ...place, ...changed }), 'replace')}
      />
      {answer.phase === 'loading' && <Loading label="Asking what you may ask for" />}
      {answer.phase === 'failed' && <ProblemNotice problem={answer.problem} onRetry={reload} />}
      {answer.phase === 'ready' && (
        <RequestForm
          key={`${cluster}/${namespace}`}
          api={api}
          organization={organization}
          place={place}
          choices={answer.value.items}
          onSent={({ id }) => navigate(paths.request(id))}
        />
      )}
    </PageFrame>
  );
}
