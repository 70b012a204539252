import type { ApiClient } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { cx } from '../../ui/cx.ts';
import { TryCommand } from './try-command.tsx';

type Explained = Awaited<ReturnType<ApiClient['explainAccess']>>['items'][number];

const KINDS = [
  ['Deployments', 'deployments', 'apps'],
  ['StatefulSets', 'statefulsets', 'apps'],
  ['Pods', 'pods', ''],
  ['Pod logs', 'pods/log', ''],
  ['Shells in pods', 'pods/exec', ''],
  ['Jobs', 'jobs', 'batch'],
  ['ConfigMaps', 'configmaps', ''],
  ['Services', 'services', ''],
  ['Secrets', 'secrets', ''],
] as const;
const VERBS = [
  ['read', 'get'],
  ['create', 'create'],
  ['change', 'patch'],
  ['delete', 'delete'],
] as const;

/** What a role would allow at a place, told from what the reader holds already; and a line to try. The server's evaluator decides. */
export function RolePreview({
  cluster,
  namespace,
  role,
}: {
  readonly cluster: string;
  readonly namespace: string;
  readonly role: string;
}) {
  const { api, organization } = useSignedIn();
  const place = namespace === '' ? {} : { namespace };
  const query = useQuery({
    queryKey: ['access', 'preview', organization, cluster, namespace],
    queryFn: ({ signal }) =>
      api.explainAccess(
        {
          organization,
          body: {
            cluster,
            requests: KINDS.flatMap(([, resource, apiGroup]) =>
              VERBS.map(([, verb]) => ({ verb, resource, ...(apiGroup !== '' && { apiGroup }), ...place })),
            ),
          },
        },
        { signal },
      ),
  });
  if (query.error !== null && query.data === undefined) {
    return (
      <p className="text-note text-ink-2">
        What {role === '' ? 'a role' : role} allows on <bdi>{cluster}</bdi> can’t be shown:{' '}
        <bdi>{describeServerProblem(query.error).sentence}</bdi>
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      <section>
        <h2 className="pb-2 text-body font-semibold">
          {role === '' ? 'What you may do there' : `What ${role} allows there`}
        </h2>
        <Answered query={query} label="Deciding what the role allows">
          {({ items }) => (
            <table className="w-full text-note">
              <thead>
                <tr className="border-b border-line text-head text-ink-3">
                  <th scope="col" className="py-1 text-left font-normal">
                    <bdi>{namespace === '' ? cluster : `${cluster} / ${namespace}`}</bdi>
                  </th>
                  {VERBS.map(([word]) => (
                    <th key={word} scope="col" className="w-12 py-1 text-center font-normal">
                      {word}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {KINDS.map(([label], row) => (
                  <tr key={label} className="border-b border-line">
                    <th scope="row" className="py-1.5 text-left font-normal">
                      {label}
                    </th>
                    {VERBS.map(([word], column) => (
                      <Cell key={word} explained={items[row * VERBS.length + column]} role={role} />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Answered>
        <p className="flex gap-4 pt-2 text-second text-ink-3">
          {role !== '' && (
            <span className="flex items-center gap-1">
              <Check size={12} strokeWidth={3} aria-hidden="true" className="text-accent" /> new with this grant
            </span>
          )}
          <span className="flex items-center gap-1">
            <Check size={12} strokeWidth={1.2} aria-hidden="true" /> you hold it already
          </span>
        </p>
      </section>
      <TryCommand key={`${cluster}/${namespace}`} cluster={cluster} namespace={namespace} role={role} />
    </div>
  );
}

function Cell({ explained, role }: { readonly explained: Explained | undefined; readonly role: string }) {
  const isHeld = explained?.effect === 'allow';
  const isNew = !isHeld && role !== '' && explained?.requestable.includes(role) === true;
  const word = isHeld ? 'held' : isNew ? 'new' : 'no';
  return (
    <td className="text-center" title={explained?.reasons[0]?.message}>
      {isHeld || isNew ? (
        <Check
          size={14}
          strokeWidth={isNew ? 3 : 1.2}
          role="img"
          aria-label={word}
          className={cx('inline', isNew ? 'text-accent' : 'text-ink-3')}
        />
      ) : (
        <span className="text-ink-3">
          <span aria-hidden="true">–</span>
          <span className="sr-only">{word}</span>
        </span>
      )}
    </td>
  );
}
