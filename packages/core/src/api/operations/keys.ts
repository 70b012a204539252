import { keyListSchema, rotateKeysSchema } from '../keys.ts';
import type { Operation } from './operation.ts';

/** Operations on the keys of the installation, which are above all organizations. */
export const keyOperations = {
  listKeys: {
    method: 'GET',
    path: '/installation/keys',
    summary:
      'Lists the keys of the installation, never their secrets: which sign, which are announced, which still verify',
    permission: 'keys.read',
    response: keyListSchema,
    status: 200,
  },
  rotateKeys: {
    method: 'POST',
    path: '/installation/keys/{purpose}/rotate',
    summary: 'Rotates the key of a purpose; answers the keys of the purpose',
    permission: 'keys.rotate',
    body: rotateKeysSchema,
    response: keyListSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
