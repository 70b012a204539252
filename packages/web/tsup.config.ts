import { library } from '../../tsup.base.ts';

// Only what the server imports; the page itself is built by vite, into dist/site.
export default library(
  {
    index: 'src/index.ts',
  },
  { clean: false },
);
