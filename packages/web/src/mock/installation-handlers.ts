import { createId } from '@sallyport/core';
import { API_VERSION, type OperationOutput } from '@sallyport/core/api';
import { type MockHandlers, MockProblem } from './handlers.ts';

/** What stands above all organizations; each page load begins with the same. */
export const installationHandlers: MockHandlers<'getInstallation' | 'updateInstallation' | 'inviteOwner'> = {
  getInstallation: ({ world }) => describe(world.organizations.length, SPEC),
  updateInstallation: ({ input: { body }, world }) => describe(world.organizations.length, body.spec),
  inviteOwner: ({ input: { organization, body }, world }) => {
    if (organization === world.me.organization.name) {
      throw new MockProblem(
        409,
        'ERR_API_CONFLICT',
        `${organization} has an owner, or is being changed`,
        'Ask an owner of the organization to let further people in.',
      );
    }
    return {
      link: `https://sallyport.example.com/login/local/link#sil_${body.name.length}`,
      expiresAt: new Date(world.now.getTime() + 7 * 24 * 3_600_000),
    };
  },
};

type Installation = OperationOutput<'getInstallation'>;

const SPEC: Installation['spec'] = {
  branding: { name: 'Halden Freight' },
  maintenance: { message: 'Clusters in Rotterdam are upgraded on Thursday at 18:00.', severity: 'info' },
  limits: { clusters: 40 },
};
const ID = createId('installation');

function describe(organizationCount: number, spec: Installation['spec']): Installation {
  const at = new Date();
  return {
    apiVersion: API_VERSION,
    kind: 'Installation',
    metadata: { id: ID, name: 'installation', labels: {}, resourceVersion: '1', createdAt: at, updatedAt: at },
    spec,
    status: { organizationCount, version: '0.1.0' },
  };
}
