/** Prints what a server's configuration, the first argument, depends on and how that is. */
import { examineServer } from '../../packages/server/src/doctor/examine-server.ts';

const [file = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await examineServer({ file, env: {} })));
