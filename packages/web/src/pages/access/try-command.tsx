import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { requestOfKubectl } from '../../parts/kubectl-request.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';

/** A kubectl line that is decided, not run: allowed now, allowed by the role, or which role would do. */
export function TryCommand({
  cluster,
  namespace,
  role,
}: {
  readonly cluster: string;
  readonly namespace: string;
  readonly role: string;
}) {
  const { api, organization } = useSignedIn();
  const [line, setLine] = useState('');
  const deferred = useDeferredValue(line);
  const request = requestOfKubectl(deferred, namespace);
  const query = useQuery({
    queryKey: ['access', 'try', organization, cluster, request],
    queryFn: async ({ signal }) => {
      if (request === undefined) return undefined;
      return (await api.explainAccess({ organization, body: { cluster, requests: [request] } }, { signal })).items[0];
    },
    enabled: request !== undefined,
    placeholderData: (before) => before,
  });
  const answer = request === undefined ? undefined : query.data;
  return (
    <section className="flex flex-col gap-2">
      <Field label="Try a command" hint="Decided by the server’s evaluator, not run.">
        {(control) => (
          <Input
            {...control}
            mono
            placeholder="kubectl delete pod web-0"
            value={line}
            maxLength={512}
            onChange={({ target }) => setLine(target.value)}
          />
        )}
      </Field>
      <div role="status" className="text-note">
        {line.trim() !== '' && request === undefined && (
          <p className="text-ink-3">Its words alone don’t tell what it asks of the cluster.</p>
        )}
        {answer !== undefined && (
          <p className="flex items-baseline gap-2">
            <Gate
              state={answer.effect === 'allow' ? 'open' : answer.requestable.includes(role) ? 'waiting' : 'barred'}
            />
            <span>
              {answer.effect === 'allow' ? (
                <strong>Allowed already.</strong>
              ) : answer.requestable.includes(role) ? (
                <strong>Allowed once you have {role}.</strong>
              ) : (
                <>
                  <strong className="text-danger">Refused{role !== '' && `, with ${role} too`}.</strong>{' '}
                  <bdi className="text-ink-2">{answer.reasons[0]?.message}</bdi>{' '}
                  {answer.requestable.map((other) => (
                    <Link
                      key={other}
                      className="link mr-2"
                      replace
                      href={paths.newRequest({ cluster, namespace, role: other })}
                    >
                      Request {other}
                    </Link>
                  ))}
                </>
              )}
              {answer.effect === 'allow' && answer.obligations.includes('record') && ' The session is recorded.'}
            </span>
          </p>
        )}
        {query.error !== null && <ProblemNotice error={query.error} />}
      </div>
    </section>
  );
}
