import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource, GrantResource, KindResource } from '@sallyport/core/api';
import { BaseCommand, type OutputChoice } from '../base-command.ts';
import type { CardLine } from '../output/card.ts';
import type { View } from '../output/format.ts';
import type { Session } from '../session/session.ts';
import type { ProfileSelection } from '../state/profiles.ts';

/** What {@link waitFlags} and `sessionFlags` parse to. */
export type WaitChoice = ProfileSelection & {
  readonly wait: boolean;
  readonly 'wait-timeout'?: string | undefined;
};

/** What commands on access requests and grants share. */
export abstract class AccessCommand extends BaseCommand {
  /**
   * Prints a request that was just made or looked at. With `--wait`, waits first: what is printed then is the request as it
   * was seen last, whatever came of it, so that its id is never lost.
   * @throws CliError `ERR_CLI_ACCESS_DENIED`, `ERR_CLI_ACCESS_EXPIRED`, `ERR_CLI_ACCESS_CANCELLED`, `ERR_CLI_WAIT_TIMEOUT`
   * when the access did not come
   */
  protected async follow(
    session: Session,
    request: AccessRequestResource,
    flags: WaitChoice,
    print: (request: AccessRequestResource) => Promise<void>,
  ): Promise<void> {
    if (!flags.wait) return print(request);
    const { waitForAccess } = await import('./wait-for-access.ts');
    const timeout = flags['wait-timeout'];
    const { request: last, error } = await waitForAccess(request, {
      context: this.context,
      session,
      selection: flags,
      note: (line) => this.note(line),
      ...(timeout !== undefined && { timeoutMs: parseDuration(timeout) }),
    });
    await print(last);
    if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
  }

  /** Prints a request that was made or changed: in one line what it is now, or in the form that the flags ask for. */
  protected async printRequest(flags: OutputChoice, request: AccessRequestResource): Promise<void> {
    const { accessRequestView } = await import('../output/access-request-view.ts');
    await this.#printChanged(flags, request, accessRequestView(this.context.clock.now()));
  }

  /** Prints a grant that was made or changed, as {@link printRequest} does. */
  protected async printGrant(flags: OutputChoice, grant: GrantResource): Promise<void> {
    const { grantView } = await import('../output/grant-view.ts');
    await this.#printChanged(flags, grant, grantView(this.context.clock.now()));
  }

  async #printChanged<Row extends { readonly id: string; readonly state: string }>(
    flags: OutputChoice,
    row: Row,
    view: View<Row>,
  ): Promise<void> {
    if (flags.output === 'table') this.data(`${view.kind}/${row.id} ${row.state}\n`);
    else await this.printOne(flags, row, view);
  }

  /** A request with everything that one decides by, as lines for a person. */
  protected async cardOf(session: Session, request: AccessRequestResource): Promise<readonly CardLine[]> {
    const { requestCard } = await import('./request-card.ts');
    return requestCard(request, { role: await roleOf(session, request.role), now: this.context.clock.now() });
  }

  /** What the caller may do about the grant of a request; `undefined` without a live one that they see. */
  protected async mayWithGrant(
    { api, profile: { organization } }: Session,
    { grant }: AccessRequestResource,
  ): Promise<GrantResource['may'] | undefined> {
    if (grant?.state !== 'active' && grant?.state !== 'scheduled') return undefined;
    return (await ifVisible(() => api.getGrant({ organization, id: grant.id })))?.may;
  }

  /** Reads one access request. */
  protected readRequest({ api, profile: { organization } }: Session, id: string): Promise<AccessRequestResource> {
    return api.getAccessRequest({ organization, id });
  }
}

function roleOf({ api, profile }: Session, name: string): Promise<KindResource<'Role'> | undefined> {
  return ifVisible(() => api.getRole({ organization: profile.organization, name }));
}

/** What is read; `undefined` where the caller may not see it, or it is gone. */
async function ifVisible<Read>(read: () => Promise<Read>): Promise<Read | undefined> {
  const { ApiProblemError } = await import('@sallyport/core/api');
  try {
    return await read();
  } catch (error) {
    const code = error instanceof ApiProblemError ? error.problem.code : undefined;
    if (code === 'ERR_API_FORBIDDEN' || code === 'ERR_API_NOT_FOUND') return undefined;
    throw error;
  }
}
