import { Flags } from '@oclif/core';
import type { AccessSubjectSpec } from '@sallyport/core/api';

/** Flags that say whom a question is about. */
export const subjectFlags = {
  user: Flags.string({
    summary: 'ask about this user; about yourself by default',
    helpValue: 'NAME',
    exclusive: ['service-account'],
  }),
  'service-account': Flags.string({ summary: 'ask about this service account', helpValue: 'NAME' }),
};

/** Whom {@link subjectFlags} name; `undefined` for the caller. */
export function subjectOf(flags: {
  readonly user?: string | undefined;
  readonly 'service-account'?: string | undefined;
}): AccessSubjectSpec | undefined {
  const { user, 'service-account': serviceAccount } = flags;
  if (serviceAccount !== undefined) return { serviceAccount };
  return user === undefined ? undefined : { user };
}
