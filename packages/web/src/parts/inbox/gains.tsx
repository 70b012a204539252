import type { AccessRequestResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Check, Plus } from 'lucide-react';
import { may } from '../../app/capabilities.ts';
import { paths } from '../../app/paths.ts';
import { Link } from '../../ui/link.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { usePartsHost } from '../host.ts';
import { placeOf } from '../place-words.ts';

/** What the role would give to whom asks for it, for a reviewer who may see roles. */
export function Gains({ request }: { readonly request: AccessRequestResource }) {
  const { api, organization, me } = usePartsHost();
  const mayRead = may(me, 'roles.read');
  const role = useQuery({
    queryKey: ['roles', organization, request.role],
    queryFn: ({ signal }) => api.getRole({ organization, name: request.role }, { signal }),
    enabled: mayRead,
  });
  const { on, in: namespaces } = placeOf(request.scope);
  const kubernetes = role.data?.spec.kubernetes;
  return (
    <div className="flex flex-col gap-5">
      <section>
        <h2 className="pb-2 text-body font-semibold">What the role gives</h2>
        {!mayRead && (
          <p className="text-note text-ink-2">You may not see roles, so what {request.role} gives is not shown.</p>
        )}
        {role.isLoading && <Skeleton label="Reading the role" rows={3} />}
        {role.data !== undefined && (
          <ul className="flex flex-col gap-1.5 text-note">
            {role.data.spec.description !== undefined && <li className="text-ink-2">{role.data.spec.description}</li>}
            {(kubernetes?.rules ?? []).slice(0, 8).map((rule) => (
              <li key={JSON.stringify(rule)} className="flex gap-2">
                <Plus size={12} strokeWidth={2} aria-hidden="true" className="mt-1 shrink-0 text-accent" />
                <span>
                  <strong>{rule.verbs.join(', ')}</strong>{' '}
                  <span className="text-ink-2">{(rule.resources ?? rule.nonResourceUrls ?? []).join(', ')}</span>
                </span>
              </li>
            ))}
            {kubernetes !== undefined && kubernetes.rules === undefined && (
              <li className="flex gap-2">
                <Plus size={12} strokeWidth={2} aria-hidden="true" className="mt-1 shrink-0 text-accent" />
                <span>
                  All that the cluster allows{' '}
                  <code>{[...(kubernetes.clusterRoles ?? []), ...(kubernetes.groups ?? [])].join(', ')}</code>
                </span>
              </li>
            )}
            {(kubernetes?.privileges ?? []).map((privilege) => (
              <li key={privilege} className="flex gap-2 text-warn">
                <Plus size={12} strokeWidth={2} aria-hidden="true" className="mt-1 shrink-0" />
                {privilege}
              </li>
            ))}
            <li>
              <Link className="link" href={paths.role(request.role)}>
                The whole role
              </Link>
            </li>
          </ul>
        )}
      </section>
      <section>
        <h2 className="pb-2 text-body font-semibold">What stays shut</h2>
        <ul className="flex flex-col gap-1.5 text-note text-ink-2">
          <li>Clusters other than {on.join(', ')}</li>
          {namespaces.length > 0 && <li>Namespaces other than {namespaces.join(', ')}</li>}
          {request.objects !== undefined && <li>Objects other than those that are named</li>}
        </ul>
      </section>
      <section>
        <h2 className="pb-2 text-body font-semibold">What comes with it</h2>
        <ul className="flex flex-col gap-1.5 text-note text-ink-2">
          {[
            'Every request to the cluster is in the audit',
            'Open streams end with the window',
            'You can end it at any time',
          ].map((line) => (
            <li key={line} className="flex gap-2">
              <Check size={12} strokeWidth={2} aria-hidden="true" className="mt-1 shrink-0 text-ink-3" />
              {line}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
