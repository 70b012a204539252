import { library } from '../../tsup.base.ts';

export default library({
  index: 'src/index.ts',
  'kubeconfig/index': 'src/kubeconfig/index.ts',
  'credentials/index': 'src/credentials/index.ts',
  'streaming/index': 'src/streaming/index.ts',
  'yaml/index': 'src/yaml/index.ts',
  'api/index': 'src/api/index.ts',
  'client/index': 'src/client/index.ts',
  'webhooks/index': 'src/webhooks/index.ts',
  'terminal/index': 'src/terminal/index.ts',
  'upstream-access/index': 'src/upstream-access/index.ts',
  'canonical-json': 'src/canonical-json.ts',
  errors: 'src/errors.ts',
  'testing/index': 'src/testing/index.ts',
});
