import { library } from '../../tsup.base.ts';

export default library({
  index: 'src/index.ts',
  'node/index': 'src/node/index.ts',
  'signer/index': 'src/signer/index.ts',
  main: 'src/main.ts',
});
