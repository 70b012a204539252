import { type AuditEventResource, undoCommand as commandOf } from '@sallyport/core/api';
import { CliError } from '../errors.ts';

/**
 * The kubectl command that takes back what the write of an event changed, for a POSIX shell.
 * @throws CliError `ERR_CLI_AUDIT_UNDO` when the event does not tell enough for that
 */
export function undoCommand(event: AuditEventResource): string {
  const command = commandOf(event);
  if (command !== undefined) return command;
  const why = event.change?.omitted === undefined ? '' : ` (${event.change.omitted})`;
  throw new CliError({
    code: 'ERR_CLI_AUDIT_UNDO',
    message: `audit event ${event.id} does not tell how to take the change back${why}`,
    nextStep: 'Only writes that changed an object have a way back, and only where no secret was removed or replaced.',
  });
}
