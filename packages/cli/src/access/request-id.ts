import { Args } from '@oclif/core';
import { isId } from '@sallyport/core';
import { CliError } from '../errors.ts';

/** The argument of commands on one access request. */
export const requestIdArg = Args.string({ required: true, description: 'id of the access request, req_…' });

/** The argument of commands on one grant. */
export const grantIdArg = Args.string({ required: true, description: 'id of the grant, gnt_…' });

/** The argument of commands that take either. */
export const eitherIdArg = Args.string({
  required: true,
  description: 'id of the access request (req_…) or of its grant (gnt_…)',
});

/**
 * The id of a grant: the one given, or that of the grant which came of a request.
 * @throws CliError `ERR_CLI_USAGE` for a request that led to none
 */
export async function grantIdOf(
  id: string,
  readRequest: (
    id: string,
  ) => Promise<{ readonly state: string; readonly grant?: { readonly id: string } | undefined }>,
): Promise<string> {
  if (!isId('accessRequest', id)) return id;
  const { state, grant } = await readRequest(id);
  if (grant !== undefined) return grant.id;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `the request ${id} is ${state}, and there is no grant of it`,
    nextStep:
      state === 'pending'
        ? `Take it back with "sallyport access cancel ${id}".`
        : 'Run "sallyport grants list" to see the grants that there are.',
  });
}
