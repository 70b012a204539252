import { Args } from '@oclif/core';

/** The argument of commands on one access review. */
export const reviewArg = Args.string({ required: true, description: 'name or id (arv_…) of the access review' });
