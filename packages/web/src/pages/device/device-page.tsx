import { useLocation } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { DEVICE_ACTION, type DeviceAnswer, refuseDevice, typeUserCode } from '../../api/device.ts';
import type { Search } from '../../app/search.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Time } from '../../ui/time.tsx';
import { Front } from '../sign-in/front.tsx';
import { useFrontTitle } from '../sign-in/use-public-branding.ts';
import { type DeviceOutcome, describeDeviceProblem, formatUserCode, readOutcome } from './outcome-words.ts';

/**
 * Where a device without a browser is signed in (RFC 8628): its code is typed, who asks and from where is read, then it is confirmed or
 * refused. No code is taken from the address: typing is what makes people compare it with their terminal.
 */
export function DevicePage() {
  useFrontTitle('Sign in a device');
  const search = useLocation({ select: (location) => location.search as Search });
  const [outcome, setOutcome] = useState<DeviceOutcome | undefined>(readOutcome(search['outcome']));
  const [answer, setAnswer] = useState<DeviceAnswer>();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState<'looking' | 'refusing'>();
  const [error, setError] = useState<unknown>();

  async function act(what: 'looking' | 'refusing', work: () => Promise<DeviceAnswer>): Promise<void> {
    setBusy(what);
    setError(undefined);
    setOutcome(undefined);
    try {
      const next = await work();
      setAnswer(next.device === undefined ? undefined : next);
      setOutcome(next.problem);
    } catch (failure) {
      setError(failure);
    }
    setBusy(undefined);
  }

  function look(event: FormEvent): void {
    event.preventDefault();
    if (busy === undefined) void act('looking', () => typeUserCode(code));
  }

  if (outcome === 'signedIn') {
    return (
      <Front>
        <div role="status" className="flex flex-col gap-2">
          <h1 className="flex items-baseline gap-2.5 text-heading font-semibold tracking-[-0.018em]">
            <Gate state="open" /> The device is signed in
          </h1>
          <p className="text-ink-2">Go back to your terminal. You can close this page.</p>
        </div>
      </Front>
    );
  }
  const problem = outcome === undefined ? undefined : describeDeviceProblem(outcome);
  const notices = (
    <>
      {problem !== undefined && (
        <Notice kind={outcome === 'refused' ? 'info' : 'danger'} role="alert" title={problem.title}>
          {problem.next}
        </Notice>
      )}
      {error !== undefined && <ProblemNotice error={error} />}
    </>
  );
  const { device, xsrf = '' } = answer ?? {};
  if (device === undefined) {
    return (
      <Front>
        <div className="flex flex-col gap-2">
          <h1 className="text-heading font-semibold tracking-[-0.018em]">Sign in a device</h1>
          <p className="text-ink-2">Type the code that your terminal shows.</p>
        </div>
        {notices}
        <form onSubmit={look} className="flex max-w-[376px] flex-col gap-4">
          <Field label="Code">
            {(control) => (
              <Input
                {...control}
                mono
                autoFocus
                required
                autoCapitalize="characters"
                value={code}
                onChange={(event) => setCode(formatUserCode(event.target.value))}
                placeholder="XXXX-XXXX"
                className="h-14! px-3! text-[32px]! tracking-[0.06em] placeholder:text-ink-4"
              />
            )}
          </Field>
          <Button
            type="submit"
            kind="primary"
            className="h-10! self-start px-4!"
            busy={busy === 'looking' && 'Looking'}
          >
            Continue
          </Button>
        </form>
      </Front>
    );
  }
  return (
    <Front>
      <div className="flex flex-col gap-2">
        <h1 className="text-heading font-semibold tracking-[-0.018em]">Did you ask for this?</h1>
        <p className="max-w-[376px] text-ink-2">
          Go on only if you began this login yourself and your terminal shows the same code.
        </p>
      </div>
      {notices}
      <p className="font-mono text-[32px] leading-10 tracking-[0.06em]">{device.userCode}</p>
      <div className="max-w-[376px]">
        <Facts
          facts={[
            ['Asked by', <bdi key="client">{device.client}</bdi>],
            ['From', <bdi key="address">{device.address}</bdi>],
            ['Program', device.userAgent === '' ? 'Not stated' : <bdi key="agent">{device.userAgent}</bdi>],
            ['At', <Time key="at" at={new Date(device.requestedAt)} />],
            ['For', 'Acting as you: kubectl and the API with all your rights, until its login ends'],
          ]}
        />
      </div>
      <form method="post" action={DEVICE_ACTION} className="flex flex-wrap gap-2">
        <input type="hidden" name="xsrf" value={xsrf} />
        <input type="hidden" name="user_code" value={device.userCode} />
        <Button type="submit" kind="primary" name="confirm" value="yes" className="h-10! px-4!">
          Sign that device in
        </Button>
        <Button
          className="h-10! px-4!"
          busy={busy === 'refusing' && 'Refusing'}
          onClick={() => void act('refusing', () => refuseDevice(xsrf, device.userCode))}
        >
          Refuse
        </Button>
      </form>
    </Front>
  );
}
