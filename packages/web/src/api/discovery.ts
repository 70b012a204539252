import type { Discovery } from '@sallyport/core/api';
import { reach, readAnswer } from './client.ts';

const PATH = '/.well-known/sallyport';

/** What the server says about itself to anybody. */
export const discoveryQuery = {
  queryKey: ['discovery'],
  queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<Discovery> => {
    const answer = await reach(signal, () =>
      fetch(PATH, { headers: { accept: 'application/json' }, redirect: 'error', signal }),
    );
    return readAnswer(answer, await answer.text(), (body) => {
      const { version, publicUrl } = (body ?? {}) as Partial<Discovery>;
      if (typeof version !== 'string' || typeof publicUrl !== 'string' || !URL.canParse(publicUrl)) {
        throw new TypeError('it is no discovery document');
      }
      return body as Discovery;
    });
  },
} as const;
