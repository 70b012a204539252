import { library } from '../../tsup.base.ts';

export default library({
  index: 'src/index.ts',
  'proof/index': 'src/proof/index.ts',
  'sinks/file': 'src/sinks/file.ts',
  'sinks/memory': 'src/sinks/memory.ts',
  'testing/index': 'src/testing/index.ts',
});
