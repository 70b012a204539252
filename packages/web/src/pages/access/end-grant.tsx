import type { GrantResource } from '@sallyport/core/api';
import { useRouter } from '@tanstack/react-router';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { placeOf } from '../../parts/place-words.ts';
import { useAct } from '../../parts/use-act.ts';
import { Button, type ButtonSize } from '../../ui/button.tsx';

/** Ends a grant at once, with everything that is open on it. One can ask again, so nothing is asked before. */
export function EndGrant({ grant, size = 'regular' }: { readonly grant: GrantResource; readonly size?: ButtonSize }) {
  const { api, organization } = useSignedIn();
  const router = useRouter();
  const { on } = placeOf(grant.scope);
  const act = useAct({
    work: () => api.revokeGrant({ organization, id: grant.id, body: {} }),
    changes: [['access'], ['me']],
    told: () => ({
      gate: 'ended',
      text: `${grant.role} on ${on.join(', ')} has ended`,
      action: {
        label: 'Request again',
        onClick: () => void router.navigate({ href: paths.newRequest({ cluster: on[0] ?? '', role: grant.role }) }),
      },
    }),
  });
  return (
    <Button size={size} busy={act.isPending && 'Ending'} onClick={() => act.mutate()}>
      {act.isError ? 'End it again' : 'End'}
    </Button>
  );
}
