import { Args, Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import { durationFlag } from '../access/duration-flag.ts';
import { sessionFlags } from '../base-command.ts';

/** How long a recording may take to be read or watched, in milliseconds: a day. */
export const READING_MS = 86_400_000;

/** The id that commands on one session take. */
export const sessionIdArg = Args.string({ description: 'id of the session', required: true });

/** The flags of commands that show a session to whoever sits at the terminal. */
export const viewFlags = {
  ...sessionFlags,
  tty: Flags.boolean({ summary: 'take keys from the terminal', default: true, allowNo: true }),
};

const instantFlag = Flags.custom<string>({ helpValue: 'TIME' });

/** What sessions are chosen by. */
export const sessionFilterFlags = {
  user: Flags.string({ summary: 'those of this user', helpValue: 'NAME' }),
  cluster: Flags.string({ summary: 'those on this cluster', helpValue: 'NAME' }),
  namespace: Flags.string({ char: 'n', summary: 'those in this namespace', helpValue: 'NAME' }),
  pod: Flags.string({ summary: 'those in this pod', helpValue: 'NAME' }),
  kind: Flags.option({ options: ['exec', 'attach', 'portForward'] as const, summary: 'those of this kind' })(),
  since: durationFlag({ summary: 'those that began within this time' }),
  from: instantFlag({ summary: 'those that began at this time or later, e.g. 2026-03-01T12:00:00Z' }),
  to: instantFlag({ summary: 'those that began before this time' }),
};

/** What {@link sessionFilterFlags} parse to. */
export interface SessionFilterFlags {
  readonly user?: string | undefined;
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  readonly kind?: 'exec' | 'attach' | 'portForward' | undefined;
  readonly since?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The query that flags ask for. */
export function sessionFilterOf(flags: SessionFilterFlags, now: number) {
  const { user, cluster, namespace, pod, kind, since, to } = flags;
  const from = flags.from ?? (since === undefined ? undefined : new Date(now - parseDuration(since)).toISOString());
  return {
    ...(user !== undefined && { user }),
    ...(cluster !== undefined && { cluster }),
    ...(namespace !== undefined && { namespace }),
    ...(pod !== undefined && { pod }),
    ...(kind !== undefined && { kind }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}
