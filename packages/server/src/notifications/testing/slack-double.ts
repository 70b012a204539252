import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of the Web API, as the double took it. */
export interface SlackCall {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A user of the workspace, as `users.info` tells. */
export interface SlackUser {
  readonly email?: string;
  readonly is_email_confirmed?: boolean;
  readonly team_id?: string;
  readonly is_bot?: boolean;
  readonly deleted?: boolean;
  readonly is_stranger?: boolean;
}

/** A message, as it stands in its channel. */
export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Speaks the parts of Slack that the server uses: the Web API with a bearer token, and interactivity callbacks that are signed as
 * Slack signs them.
 */
export interface SlackDouble {
  readonly apiUrl: string;
  readonly botToken: string;
  readonly signingSecret: string;
  readonly calls: readonly SlackCall[];
  readonly messages: ReadonlyMap<string, SlackMessage>;
  readonly users: Map<string, SlackUser>;
  /** Answers the next call of a method so. */
  answerNext(
    method: string,
    answer: { readonly status?: number; readonly headers?: Record<string, string>; readonly body: object },
  ): void;
  /** Body and headers of what Slack would send when somebody presses a button of the newest message. */
  press(user: string, actionId: string, overrides?: { readonly value?: string }): SignedCallback;
  /** The same for handing in the form that was opened last. */
  submit(user: string, reason: string): SignedCallback;
  /** Signs a body, at an instant of choice. */
  sign(body: string, at?: number): SignedCallback;
  close(): Promise<void>;
}

/** What is posted to the address that is registered at Slack. */
export interface SignedCallback {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const TEAM = 'T0TEAM';

/** Starts the double on loopback. `now` is the time of its signatures, in milliseconds. */
export async function startSlackDouble({ now }: { readonly now: () => number }): Promise<SlackDouble> {
  const botToken = 'xoxb-canary-bot-token';
  const signingSecret = 'canary-signing-secret';
  const calls: SlackCall[] = [];
  const messages = new Map<string, SlackMessage>();
  const users = new Map<string, SlackUser>();
  const scripted = new Map<string, Parameters<SlackDouble['answerNext']>[1]>();
  let serial = 0;

  function answer(method: string, body: Readonly<Record<string, unknown>>): object {
    switch (method) {
      case 'auth.test':
        return { ok: true, team_id: TEAM, user_id: 'U0BOT' };
      case 'users.info':
        return describeUser(String(body['user']));
      case 'chat.postMessage': {
        const { channel, ...content } = body;
        const message = { channel: String(channel), ts: `1700000000.${String(++serial).padStart(6, '0')}`, content };
        messages.set(message.ts, message);
        return { ok: true, channel: message.channel, ts: message.ts };
      }
      case 'chat.update': {
        const { channel, ts, ...content } = body;
        if (!messages.has(String(ts))) return { ok: false, error: 'message_not_found' };
        messages.set(String(ts), { channel: String(channel), ts: String(ts), content });
        return { ok: true, channel, ts };
      }
      case 'chat.postEphemeral':
      case 'views.open':
        return { ok: true };
      default:
        return { ok: false, error: 'unknown_method' };
    }
  }

  function describeUser(id: string): object {
    const user = users.get(id);
    if (user === undefined) return { ok: false, error: 'user_not_found' };
    const { email, ...rest } = user;
    return { ok: true, user: { id, team_id: TEAM, is_email_confirmed: true, ...rest, profile: { email } } };
  }

  const server = createServer((request, response) => void take(request, response));
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const method = request.url?.replace(/^\/api\//, '') ?? '';
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : (JSON.parse(text) as Record<string, unknown>);
    const send = (status: number, said: object, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(said));
    if (request.headers.authorization !== `Bearer ${botToken}`) {
      send(200, { ok: false, error: 'invalid_auth' });
      return;
    }
    calls.push({ method, body });
    const next = scripted.get(method);
    scripted.delete(method);
    if (next !== undefined) send(next.status ?? 200, next.body, next.headers);
    else send(200, answer(method, body));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const sign: SlackDouble['sign'] = (body, at = now()) => {
    const timestamp = String(Math.floor(at / 1_000));
    const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    return {
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${digest}`,
      },
    };
  };
  const payload = (value: object) => sign(new URLSearchParams({ payload: JSON.stringify(value) }).toString());

  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    botToken,
    signingSecret,
    calls,
    messages,
    users,
    answerNext: (method, next) => void scripted.set(method, next),
    sign,
    press(user, actionId, overrides = {}) {
      const message = [...messages.values()].at(-1);
      const value = overrides.value ?? buttonValue(message, actionId);
      serial += 1;
      return payload({
        type: 'block_actions',
        team: { id: TEAM },
        user: { id: user, team_id: TEAM },
        trigger_id: `trigger.${serial}`,
        container: { type: 'message', message_ts: message?.ts, channel_id: message?.channel },
        actions: [{ type: 'button', action_id: actionId, value, action_ts: `${serial}` }],
      });
    },
    submit(user, reason) {
      const view = calls.filter(({ method }) => method === 'views.open').at(-1)?.body['view'] as {
        readonly callback_id: string;
        readonly private_metadata: string;
      };
      serial += 1;
      return payload({
        type: 'view_submission',
        team: { id: TEAM },
        user: { id: user, team_id: TEAM },
        trigger_id: `trigger.${serial}`,
        view: {
          callback_id: view.callback_id,
          private_metadata: view.private_metadata,
          state: { values: { reason: { text: { type: 'plain_text_input', value: reason } } } },
        },
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function buttonValue(message: SlackMessage | undefined, actionId: string): string | undefined {
  const blocks = (message?.content['blocks'] ?? []) as readonly {
    readonly elements?: readonly Record<string, unknown>[];
  }[];
  const button = blocks.flatMap(({ elements = [] }) => elements).find(({ action_id }) => action_id === actionId);
  return button?.['value'] as string | undefined;
}
