import type { issueKubeTicketSchema, kubeTicketSchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { ApiError } from '../errors.ts';
import { authenticatedAt, pageAddress } from '../kube-path/page-request.ts';
import type { Handler } from './context.ts';

/** Issues a ticket for one WebSocket of the kube path; whether it may be opened is decided when it is. */
export const issueKubeTicket: Handler = async (context, call): Promise<z.output<typeof kubeTicketSchema>> => {
  const { caller, parameters, body } = call;
  const at = new Date(context.clock.now());
  const { cluster } = authenticatedAt(caller, parameters['id'] ?? '', context.snapshots.current(), at);
  if (caller.loginSession.client !== 'web') {
    throw new ApiError({
      code: 'ERR_API_FORBIDDEN',
      message: 'tickets are for pages of the web UI, by the session of their browser',
      nextStep: 'Elsewhere, use kubectl: `sallyport kube login` writes a kubeconfig for it.',
    });
  }
  const target = pageAddress({
    clusterId: cluster.id,
    target: (body as z.output<typeof issueKubeTicketSchema>).target,
  });
  const { ticket, expiresAt } = await context.socketTickets.issue({ loginSessionId: caller.loginSession.id, target });
  return { path: `${target}${target.includes('?') ? '&' : '?'}ticket=${ticket}`, expiresAt };
};
