import { Fingerprint } from 'lucide-react';
import { type FormEvent, useId, useRef, useState } from 'react';
import { type LocalAnswer, type SignInWay, sendLocal, signInByPasskey } from '../../api/sign-in.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Select } from '../../ui/select.tsx';
import { canUsePasskeys, getPasskey } from './get-passkey.ts';

type Step = 'factors' | 'newPassword';
const MIN_PASSWORD_CHARACTERS = 12;

/** Where users of this server say who they are: by a passkey, or by password and code. */
export function LocalForm({
  ways,
  hasPasskeys,
  begin,
}: {
  readonly ways: readonly SignInWay[];
  readonly hasPasskeys: boolean;
  /** Begins a login for a way that is not of one already, and says where what is typed goes. */
  readonly begin: (organization: string) => Promise<string>;
}) {
  const id = useId();
  const [organization, setOrganization] = useState(ways[0]?.organization ?? '');
  const [step, setStep] = useState<Step>('factors');
  const [busy, setBusy] = useState<'password' | 'passkey'>();
  const [problem, setProblem] = useState<unknown>();
  const begun = useRef<{ readonly organization: string; readonly href: string }>(undefined);

  async function hrefOf(): Promise<string> {
    const given = ways.find((way) => way.organization === organization)?.href;
    if (given !== undefined) return given;
    if (begun.current?.organization !== organization) {
      begun.current = { organization, href: await begin(organization) };
    }
    return begun.current.href;
  }

  async function act(what: 'password' | 'passkey', work: (href: string) => Promise<LocalAnswer>): Promise<void> {
    setBusy(what);
    setProblem(undefined);
    try {
      const { location, mustChangePassword } = await work(await hrefOf());
      if (mustChangePassword === true) setStep('newPassword');
      if (location !== undefined) return window.location.assign(location);
    } catch (error) {
      setProblem(error);
    }
    setBusy(undefined);
  }

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (busy !== undefined) return;
    const given = new FormData(event.currentTarget);
    const fields = Object.fromEntries([...given].map(([name, value]) => [name, String(value)]));
    void act('password', (href) => sendLocal(step === 'newPassword' ? `${href}/change` : href, fields));
  }

  const problemNotice =
    problem === undefined ? null : problem instanceof DOMException ? (
      <Notice kind="danger" role="alert" title="No passkey was used.">
        The device or you refused, or there is none for this server here. Try again, or use a password.
      </Notice>
    ) : (
      <ProblemNotice error={problem} />
    );

  if (step === 'newPassword') {
    return (
      <form onSubmit={submit} className="flex max-w-[376px] flex-col gap-3" aria-labelledby={`${id}-new`}>
        <h2 id={`${id}-new`} className="text-body font-semibold">
          Choose a new password
        </h2>
        <p className="text-ink-2">An administrator asks for it. You’ll be signed in afterwards.</p>
        {problemNotice}
        <Field label="New password" hint={`${MIN_PASSWORD_CHARACTERS} characters or more.`}>
          {(control) => (
            <Input
              {...control}
              name="password"
              type="password"
              autoComplete="new-password"
              autoFocus
              required
              minLength={MIN_PASSWORD_CHARACTERS}
              className="h-9!"
            />
          )}
        </Field>
        <Button type="submit" kind="primary" className="h-9! self-start" busy={busy !== undefined && 'Changing'}>
          Change the password
        </Button>
      </form>
    );
  }
  const usesPasskeys = hasPasskeys && canUsePasskeys();
  return (
    <form onSubmit={submit} className="flex max-w-[376px] flex-col gap-3" aria-label="User of this server">
      {problemNotice}
      {ways.length > 1 && (
        <Field label="Organization">
          {(control) => (
            <Select
              control={control}
              value={organization}
              onChange={setOrganization}
              options={ways.map((way) => ({ value: way.organization, label: way.organization }))}
            />
          )}
        </Field>
      )}
      {usesPasskeys && (
        <Button
          className="h-9! self-start"
          icon={<Fingerprint size={14} strokeWidth={1.6} aria-hidden="true" />}
          busy={busy === 'passkey' && 'Asking the device'}
          onClick={() => void act('passkey', (href) => signInByPasskey(href, getPasskey))}
        >
          Sign in with a passkey
        </Button>
      )}
      <Field label="User name">
        {(control) => (
          <Input
            {...control}
            name="userName"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={255}
            className="h-9!"
          />
        )}
      </Field>
      <Field label="Password">
        {(control) => (
          <Input
            {...control}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            className="h-9!"
          />
        )}
      </Field>
      <Field label="Code" hint="The one that your code app shows now, or one of your recovery codes.">
        {(control) => (
          <Input
            {...control}
            mono
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            maxLength={40}
            className="h-9!"
          />
        )}
      </Field>
      <Button type="submit" className="h-9! self-start" busy={busy === 'password' && 'Signing in'}>
        Sign in with a password
      </Button>
    </form>
  );
}
