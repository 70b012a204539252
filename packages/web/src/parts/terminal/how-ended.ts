import type { TerminalList } from '@sallyport/core/api';

const HOW: Readonly<Record<string, string>> = {
  closed: 'its connection was lost',
  idle: 'nothing was typed for a while',
  limit: 'its time was over',
  accessEnded: 'your login session or your access to the cluster had ended',
  serverStopped: 'the server was stopped',
  interrupted: 'the server stopped without notice',
  failed: 'its sandbox failed',
};

/** How a terminal ended that the page lost the connection to, as the servers tell it for an hour. */
export function howEnded({ ended, items }: Pick<TerminalList, 'ended' | 'items'>, id: string): string {
  if (items.some((each) => each.id === id)) {
    return 'The terminal before this one ends as soon as the server misses its page.';
  }
  const reason = ended.find((each) => each.id === id)?.reason;
  if (reason === undefined) return 'The terminal before this one ended a while ago; the audit log says how.';
  return `The terminal before this one ended, with all that ran in it: ${HOW[reason] ?? reason}.`;
}
