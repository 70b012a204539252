import { library } from '../../tsup.base.ts';

export default library({
  index: 'src/index.ts',
  'http/index': 'src/http/index.ts',
  'node/index': 'src/node/index.ts',
  'grpc/index': 'src/grpc/index.ts',
  'tls/index': 'src/tls/index.ts',
  'memory/index': 'src/memory/index.ts',
  'testing/index': 'src/testing/index.ts',
});
