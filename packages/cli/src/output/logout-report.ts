import { CliError } from '../errors.ts';
import type { Logout } from '../session/logout.ts';
import { neutralise } from './neutralise.ts';

/**
 * Tells what a logout did, line by line.
 * @throws CliError `ERR_CLI_NOT_REVOKED` when a server could not be told
 */
export function reportLogout({ results, contexts }: Logout, note: (line: string) => void): void {
  if (results.length === 0) note('Not logged in.');
  for (const { server, userName, isRevoked, problem } of results) {
    const whose = `${server}, as ${neutralise(userName)}`;
    note(
      isRevoked
        ? `Logged out of ${whose}.`
        : `Forgot the login session with ${whose}, which could not be revoked: ${problem?.sentence} (${problem?.code})`,
    );
  }
  if (contexts.removed.length > 0) note(`Removed ${contexts.removed.map(neutralise).join(', ')} from your kubeconfig.`);
  const left = results.filter((it) => !it.isRevoked).map((it) => it.server);
  if (left.length === 0) return;
  throw new CliError({
    code: 'ERR_CLI_NOT_REVOKED',
    message: `${left.length} of ${results.length} login sessions could not be revoked: ${left.join(', ')}`,
    nextStep: 'They end by themselves; ask the operator to end them sooner.',
  });
}
