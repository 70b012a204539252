import { describeServerProblem } from '../api/server-problem.ts';
import { paths } from '../app/paths.ts';
import { LinkButton } from '../ui/button.tsx';
import { Gate } from '../ui/gate.tsx';
import { useBranding } from './branding.ts';
import { SupportLinks } from './support-links.tsx';

/** In the place of what somebody may not see: the fact, why, and the one way on. */
export function Denied({
  error,
  place = {},
}: {
  readonly error: unknown;
  readonly place?: Parameters<typeof paths.newRequest>[0];
}) {
  const { sentence, nextStep, code } = describeServerProblem(error);
  return (
    <section role="alert" className="flex max-w-[640px] flex-col items-start gap-3 px-6 py-8 max-md:px-4">
      <h2 className="flex items-baseline gap-2.5 text-sentence font-semibold">
        <Gate state="barred" />
        <bdi>{sentence}</bdi>
      </h2>
      <p className="text-ink-2">
        {nextStep ?? 'If your work needs it, ask for a role that covers it, or ask whoever administers it.'}{' '}
        {code !== undefined && <code className="text-ink-3">{code}</code>}
      </p>
      <LinkButton kind="primary" href={paths.newRequest(place)}>
        Request access
      </LinkButton>
      <SupportLinks branding={useBranding().branding} />
    </section>
  );
}
