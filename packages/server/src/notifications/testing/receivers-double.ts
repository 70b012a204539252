import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** A request that a receiver took. */
export interface TakenRequest {
  readonly receiver: 'teams' | 'pagerDuty' | 'serviceNow' | 'jira';
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Takes what the documents of four products say they take, and refuses everything else as they do. */
export interface ReceiversDouble {
  readonly origin: string;
  readonly taken: readonly TakenRequest[];
  /** Name and password that ServiceNow and Jira take. */
  readonly user: string;
  readonly password: string;
  readonly routingKey: string;
  close(): Promise<void>;
}

const text = z.string().min(1);

/** A message with one Adaptive Card, as the trigger of a workflow takes it. */
const workflowMessage = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.looseObject({
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.4'),
        body: z.array(z.looseObject({ type: text })).min(1),
        actions: z.array(z.strictObject({ type: z.literal('Action.OpenUrl'), title: text, url: z.url() })),
      }),
    }),
  ]),
});

/** PagerDuty, Events API v2. */
const alertEvent = z.discriminatedUnion('event_action', [
  z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.literal('trigger'),
    dedup_key: z.string().max(255),
    client: text,
    client_url: z.url(),
    links: z.array(z.strictObject({ href: z.url(), text })),
    payload: z.strictObject({
      summary: z.string().max(1_024),
      source: text,
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime(),
      class: text,
      custom_details: z.record(z.string(), z.string()),
    }),
  }),
  z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.literal('resolve'),
    dedup_key: z.string().max(255),
  }),
]);

/** ServiceNow, Table API: fields of a task. */
const newRecord = z.strictObject({
  short_description: z.string().min(1).max(160),
  description: text,
  correlation_id: z.string().max(100),
  correlation_display: z.string().max(100),
  urgency: z.enum(['1', '2', '3']).optional(),
  impact: z.enum(['1', '2', '3']).optional(),
});
const journal = z.strictObject({ work_notes: text });

/** Jira, REST API v3: documents of the Atlassian Document Format. */
const adf = z.strictObject({
  type: z.literal('doc'),
  version: z.literal(1),
  content: z.array(
    z.strictObject({
      type: z.literal('paragraph'),
      content: z.array(
        z.strictObject({
          type: z.literal('text'),
          text,
          marks: z
            .array(z.strictObject({ type: z.literal('link'), attrs: z.strictObject({ href: z.url() }) }))
            .optional(),
        }),
      ),
    }),
  ),
});
const newIssue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.literal('OPS') }),
    issuetype: z.strictObject({ name: z.literal('Task') }),
    summary: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\r\n]*$/),
    description: adf,
    labels: z.array(z.string().regex(/^\S{1,255}$/)),
  }),
});
const comment = z.strictObject({ body: adf });

const SYS_ID = '9d385017c611228701d22104cc95c371';

interface Route {
  readonly receiver: TakenRequest['receiver'];
  readonly method: string;
  readonly path: string;
  readonly body: z.ZodType;
  readonly demandsLogin?: true;
  readonly answer: readonly [status: number, body: unknown];
}

const ROUTES: readonly Route[] = [
  { receiver: 'teams', method: 'POST', path: '/workflow', body: workflowMessage, answer: [202, ''] },
  {
    receiver: 'pagerDuty',
    method: 'POST',
    path: '/v2/enqueue',
    body: alertEvent,
    answer: [202, { status: 'success', message: 'Event processed' }],
  },
  {
    receiver: 'serviceNow',
    method: 'POST',
    path: '/api/now/table/incident',
    body: newRecord,
    demandsLogin: true,
    answer: [201, { result: { sys_id: SYS_ID, number: 'INC0010001' } }],
  },
  {
    receiver: 'serviceNow',
    method: 'PATCH',
    path: `/api/now/table/incident/${SYS_ID}`,
    body: journal,
    demandsLogin: true,
    answer: [200, { result: { sys_id: SYS_ID } }],
  },
  {
    receiver: 'jira',
    method: 'POST',
    path: '/rest/api/3/issue',
    body: newIssue,
    demandsLogin: true,
    answer: [201, { id: '10000', key: 'OPS-24', self: 'https://jira.example/rest/api/3/issue/10000' }],
  },
  {
    receiver: 'jira',
    method: 'POST',
    path: '/rest/api/3/issue/OPS-24/comment',
    body: comment,
    demandsLogin: true,
    answer: [201, { id: '10001' }],
  },
];

/** Starts the double on loopback. */
export async function startReceiversDouble(): Promise<ReceiversDouble> {
  const user = 'sallyport@example.com';
  const password = 'canary-password';
  const login = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const taken: TakenRequest[] = [];

  function answer(request: IncomingMessage, sent: string): readonly [status: number, body: unknown] {
    const { method = '', url: path = '', headers } = request;
    const route = ROUTES.find((each) => each.method === method && each.path === path);
    if (route === undefined) return [404, { error: 'no such resource' }];
    if (route.demandsLogin && headers.authorization !== login) return [401, { error: 'not authenticated' }];
    if (headers['content-type'] !== 'application/json') return [415, { error: 'unsupported media type' }];
    const body = route.body.safeParse(JSON.parse(sent));
    if (!body.success) return [400, { error: body.error.message }];
    taken.push({ receiver: route.receiver, method, path, body: body.data as Record<string, unknown> });
    return route.answer;
  }

  const server = createServer((request, response) => void take(request, response));
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let sent = '';
    for await (const chunk of request) sent += String(chunk);
    const [status, body] = answer(request, sent);
    const said = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(said);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    user,
    password,
    routingKey: 'ab'.repeat(16),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
