import { Flags } from '@oclif/core';
import { durationFlag } from './duration-flag.ts';

/** Flags of commands that may wait until an access request is decided. */
export const waitFlags = {
  wait: Flags.boolean({ summary: 'wait until it is decided and the access is there' }),
  'wait-timeout': durationFlag({
    summary: 'longest wait; until the request expires by default',
    dependsOn: ['wait'],
  }),
};
