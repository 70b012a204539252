import type { DryRunReport, ProviderTest } from '@sallyport/core/api';
import { useState } from 'react';
import type { AnyResource } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Gate, type GateState } from '../../ui/gate.tsx';
import { kindKey } from '../resources/queries.ts';

const GATES: Readonly<Record<ProviderTest['checks'][number]['outcome'], GateState>> = {
  ok: 'open',
  warning: 'closing',
  failed: 'barred',
};

/** What can be tried with an identity provider: its connection, a login by a token, and its SCIM endpoint. */
export function ProviderTools({ provider }: { readonly provider: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const { name } = provider.metadata;
  const [token, setToken] = useState('');
  const isOidc = provider.spec['oidc'] !== undefined;
  const test = useAct({ work: () => api.testIdentityProvider({ organization, name }), changes: [] });
  const dryRun = useAct({
    work: () => api.dryRunIdentityProvider({ organization, name, body: { token: token.trim() } }),
    changes: [],
  });
  const scim = useAct({
    work: () => api.issueScimToken({ organization, name, body: {} }),
    changes: [kindKey('IdentityProvider', organization)],
  });
  if (!may(me, 'identityProviders.update')) return null;
  const error = test.error ?? dryRun.error ?? scim.error;
  return (
    <section aria-label="Try it" className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        {isOidc && (
          <Button busy={test.isPending && 'Testing'} onClick={() => test.mutate()}>
            Test the connection
          </Button>
        )}
        <Button busy={scim.isPending && 'Issuing'} onClick={() => scim.mutate()}>
          Issue a SCIM token
        </Button>
      </div>
      {error !== null && <ProblemNotice error={error} />}
      {test.data !== undefined && <TestReport {...test.data} />}
      {scim.data !== undefined && <ShownOnce title={`The SCIM token of ${name}.`} value={scim.data.token} />}
      {isOidc && (
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (token.trim() !== '') dryRun.mutate();
          }}
        >
          <Field
            label="An ID token, read as a login would read it"
            hint="It may have expired; nobody is signed in by it, and it is not kept."
          >
            {(control) => (
              <TextArea
                {...control}
                rows={3}
                spellCheck={false}
                className="font-mono text-mono"
                value={token}
                maxLength={65_536}
                onChange={({ target }) => setToken(target.value)}
              />
            )}
          </Field>
          <Button
            type="submit"
            className="self-start"
            busy={dryRun.isPending && 'Reading'}
            disabledReason={token.trim() === '' ? 'Put a token in.' : undefined}
          >
            Read the token
          </Button>
        </form>
      )}
      {dryRun.data !== undefined && <Mapped {...dryRun.data} />}
      <CommandLine command={`sallyport identity-providers test ${name}`} />
    </section>
  );
}

function TestReport({ isUsable, checks }: ProviderTest) {
  return (
    <div role="status">
      <p className="font-medium">{isUsable ? 'People can sign in with it.' : 'People can’t sign in with it.'}</p>
      <ul>
        {checks.map(({ name, outcome, message }) => (
          <li key={name} className="grid grid-cols-[16px_1fr] items-baseline py-0.5 text-note">
            <Gate state={GATES[outcome]} />
            <span>
              {outcome}: <bdi>{message}</bdi>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Mapped({ isAccepted, fields, notes }: DryRunReport) {
  return (
    <div role="status" className="text-note">
      <p className="font-medium">
        {isAccepted ? 'A login with it would be taken.' : 'A login with it would be refused.'}
      </p>
      <dl className="grid grid-cols-[100px_1fr] gap-y-1 pt-1">
        {fields.map(({ field, source, value, problem }) => (
          <div key={field} className="contents">
            <dt className="text-ink-3">{field}</dt>
            <dd className="min-w-0 break-words">
              {value === undefined ? (
                <span className="text-danger">
                  <bdi>{problem}</bdi>
                </span>
              ) : (
                <bdi>{Array.isArray(value) ? value.join(', ') : value}</bdi>
              )}{' '}
              <span className="text-ink-3">from {source}</span>
            </dd>
          </div>
        ))}
      </dl>
      {notes.map((note) => (
        <p key={note} className="pt-1 text-ink-2">
          <bdi>{note}</bdi>
        </p>
      ))}
    </div>
  );
}
