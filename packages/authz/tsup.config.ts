import { library } from '../../tsup.base.ts';

export default library({
  index: 'src/index.ts',
  settings: 'src/settings.ts',
  'testing/index': 'src/testing/index.ts',
  'tools/index': 'src/tools/index.ts',
});
