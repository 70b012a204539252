import type { ApiClient } from '@sallyport/core/api';
import { queryOptions } from '@tanstack/react-query';
import { shellWord } from '../../parts/shell-word.ts';
import { subjectOf } from '../playground/question.ts';

/** People and machines, as a question names them, for suggestions. Those that the reader may not see are left out. */
export const peopleQuery = ({ api, organization }: { readonly api: ApiClient; readonly organization: string }) =>
  queryOptions({
    queryKey: ['policy', 'subjects', organization],
    async queryFn({ signal }) {
      const page = { organization, limit: 500, fields: 'metadata.name' } as const;
      const [users, machines] = await Promise.allSettled([
        api.listUsers(page, { signal }),
        api.listServiceAccounts(page, { signal }),
      ]);
      const named = (answer: typeof users | typeof machines, note: string, prefix = '') =>
        answer.status === 'fulfilled'
          ? answer.value.items.map(({ metadata }) => ({ value: `${prefix}${metadata.name}`, note }))
          : [];
      return [...named(users, 'person'), ...named(machines, 'machine', 'serviceaccount:')];
    },
  });

/** The same question for a terminal. */
export function suggestCommand({
  as,
  cluster,
  since,
}: {
  readonly as: string;
  readonly cluster: string;
  readonly since: string;
}): string {
  const subject = subjectOf(as) ?? { user: as };
  const who = 'user' in subject ? shellWord(subject.user) : `${shellWord(subject.serviceAccount)} --service-account`;
  return `sallyport policy suggest ${who}${cluster === '' ? '' : ` --cluster ${shellWord(cluster)}`} --since ${since}`;
}
