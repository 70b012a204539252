import { SERVER_VERSION } from '../../version.ts';
import type { ResourceDefinition } from '../definition.ts';

const NAME = 'installation';

/** What stands above all organizations. */
export const installation: ResourceDefinition<'Installation'> = {
  kind: 'Installation',
  recordKind: 'Installation',
  list: () => [],
  find: () => undefined,
  nameOf: () => NAME,
  targetsOf: () => [{ kind: 'installation' }],
  describe: ({ spec }, { snapshot }) => ({
    spec,
    status: { organizationCount: snapshot.organizations.size, version: SERVER_VERSION },
  }),
  plan: ({ metadata, spec }, _existing, { snapshot }) => ({
    record: { id: snapshot.installation.id, labels: metadata.labels ?? {}, spec },
  }),
};
