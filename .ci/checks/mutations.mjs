// A patch that takes a defence away is worth nothing once it no longer fits the code that it is to change.
import { git, listFiles, report } from './lib/workspace.mjs';

report(
  listFiles(/^tests\/mutations\/.*\.patch$/)
    .filter((path) => git('apply', '--check', path) === undefined)
    .map((path) => `${path}: does not apply any more; make it anew from the code as it is`),
);
