import type { AnyResource } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Gate } from '../../ui/gate.tsx';
import { kindKey } from '../resources/queries.ts';

/** Sends an event to a sink at once, ahead of what waits, and says what came of it. */
export function SinkTest({ sink }: { readonly sink: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const { name } = sink.metadata;
  const test = useAct({
    work: () => api.testAuditSink({ organization, name }),
    changes: [kindKey('AuditSink', organization)],
  });
  return (
    <section aria-label="Test" className="flex flex-col gap-3">
      {may(me, 'auditSinks.update') && (
        <Button className="self-start" busy={test.isPending && 'Sending'} onClick={() => test.mutate()}>
          Send a test event
        </Button>
      )}
      {test.data !== undefined && (
        <p role="status" className="flex items-baseline gap-1.5 text-note">
          <Gate state={test.data.isDelivered ? 'open' : 'barred'} />
          {test.data.isDelivered ? 'It was delivered.' : <bdi>{test.data.error}</bdi>}
        </p>
      )}
      {test.error !== null && <ProblemNotice error={test.error} />}
      <CommandLine command={`sallyport audit-sinks test ${name}`} />
    </section>
  );
}
