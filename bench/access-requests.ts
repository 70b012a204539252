/** What access requests and grants cost when there are many of them, against few. On PostgreSQL. */
import type { Comparison } from './comparison.ts';
import { type Asked, compareSizes, ORGANIZATION } from './organization.ts';
import type { OrganizationSize } from './organization-process.ts';

const PEOPLE: OrganizationSize = { users: 1_000, groups: 10, roles: 5, bindings: 50, clusters: 20 };

const ASKED: readonly Asked[] = [
  {
    id: 'access-requests-list',
    title: 'two pages of 100 access requests, p95',
    count: 60,
    async ask({ person: { api } }) {
      const { metadata } = await api.listAccessRequests({ organization: ORGANIZATION });
      if (metadata.continue === undefined) throw new Error('there is no second page');
      await api.listAccessRequests({ organization: ORGANIZATION, continue: metadata.continue });
    },
  },
  {
    id: 'access-requests-grants',
    title: 'page of 100 active grants, p95',
    count: 60,
    ask: ({ person }) => person.api.listGrants({ organization: ORGANIZATION, state: 'active' }),
  },
  {
    id: 'access-requests-decision',
    title: 'asking for access and cancelling it, p95',
    count: 30,
    async ask({ person: { api } }, i) {
      const { id } = await api.createAccessRequest({
        organization: ORGANIZATION,
        body: {
          role: 'role-00000',
          scope: { kind: 'clusters', clusters: ['cluster-00000'] },
          duration: '1h',
          reason: `Round ${i}`,
        },
      });
      await api.cancelAccessRequest({ organization: ORGANIZATION, id, body: {} });
    },
  },
];

/** 5,000 active grants and 50,000 requests of before against 100 and 500. */
export const accessRequestComparisons: readonly Comparison[] = ASKED.map((asked) =>
  compareSizes(
    asked,
    { name: '500 requests', size: { ...PEOPLE, grants: 100, requests: 500 } },
    { name: '50,000 requests', size: { ...PEOPLE, grants: 5_000, requests: 50_000 } },
  ),
);
