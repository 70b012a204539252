import { signInMethodListSchema, signInMethodQuerySchema } from '../sign-in.ts';
import type { Operation } from './operation.ts';

/** What whoever is not signed in yet may ask. */
export const signInOperations = {
  listSignInMethods: {
    method: 'GET',
    path: '/sign-in-methods',
    summary: 'Lists the ways to sign in, as the sign-in page offers them',
    permission: 'public',
    query: signInMethodQuerySchema,
    response: signInMethodListSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
