import { Flags } from '@oclif/core';
import { outputFlags, sessionFlags } from '../base-command.ts';
import { neutralise } from '../output/neutralise.ts';
import type { Session } from '../session/session.ts';
import { AccessCommand } from './access-command.ts';
import { grantIdOf } from './request-id.ts';

/** Flags of commands that revoke a grant. */
export const revokeFlags = {
  reason: Flags.string({ required: true, summary: 'why; whoever had it sees it', helpValue: 'TEXT' }),
  ...outputFlags,
  ...sessionFlags,
};

/** What both commands that revoke do. */
export abstract class RevokeCommand extends AccessCommand {
  /** Revokes a grant, by its id or that of its request, and shows what is left of it. */
  protected async revoke(
    session: Session,
    id: string,
    flags: Parameters<AccessCommand['printGrant']>[0] & { readonly reason: string },
  ): Promise<void> {
    const { organization } = session.profile;
    const grant = await session.api.revokeGrant({
      organization,
      id: await grantIdOf(id, (requestId) => this.readRequest(session, requestId)),
      body: { reason: flags.reason },
    });
    this.note(
      neutralise(`Revoked: ${grant.user} no longer has ${grant.role} by this grant. What was open on it ends now.`),
    );
    await this.printGrant(flags, grant);
  }
}
