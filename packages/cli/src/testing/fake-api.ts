import { createId } from '@sallyport/core';
import {
  type ApiClient,
  type ApiProblemCode,
  ApiProblemError,
  type ApplyResult,
  applySchema,
  type CallOptions,
  type KindName,
  kinds,
  type ResourceDocument,
} from '@sallyport/core/api';
import { KIND_NAMES } from '../resources/kind-words.ts';
import { type AnyResource, operationOf } from '../resources/resource-client.ts';
import { createFakeAccess, type FakeAccess } from './fake-access.ts';
import { createFakeReviews, type FakeReviews } from './fake-reviews.ts';

/** An API without a server: the resources of one organization in memory, with the contract's own schemas around them. */
export interface FakeApi {
  /** The API as one caller has it. */
  readonly api: ApiClient;
  /** Calls an operation as somebody. */
  call(caller: string, operation: string, input: object, options?: CallOptions): Promise<unknown>;
  /** Access requests and grants. */
  readonly access: FakeAccess;
  readonly reviews: FakeReviews;
  /** Resources by kind and name. */
  readonly resources: Map<string, AnyResource>;
  put(
    kind: KindName,
    name: string,
    more?: { readonly spec?: object; readonly labels?: Record<string, string> },
  ): AnyResource;
  /** Names of the operations that were called. */
  readonly calls: string[];
  /** Refuses an application of this resource. */
  refuse(kind: KindName, name: string, path: string): void;
}

const SPECS: Partial<Record<KindName, object>> = {
  AccessPolicy: { subjects: 'everyone', scope: { kind: 'organization' }, limits: { concurrentStreams: 9 } },
  Binding: { role: 'viewer', subjects: [{ kind: 'User', name: 'jo' }], scope: { kind: 'organization' } },
  RequestPolicy: {
    requesters: 'everyone',
    roles: ['developer'],
    scope: { kind: 'organization' },
    maxDuration: '8h',
    steps: [{ reviewers: 'permitted' }],
  },
  NotificationChannel: { events: ['accessRequest.created'], webhook: { url: 'https://hook.example' } },
  AuditSink: { syslog: { host: 'siem.example' } },
  IdentityProvider: { oidc: { issuer: 'https://idp.example', clientId: 'sallyport' } },
  WorkloadIdentity: { issuer: 'https://ci.example', audiences: ['sallyport'], condition: 'true' },
};
const STATUSES: { readonly [Kind in KindName]: object } = {
  Installation: { organizationCount: 1, version: '0.0.0' },
  Organization: { userCount: 0, clusterCount: 0 },
  Project: { clusterCount: 0, sharedClusterCount: 0 },
  Cluster: { roles: [], health: { status: 'pending', connectedAgents: 0 }, kubeUrl: 'https://one.example/k/acme/c' },
  User: { issuer: 'sallyport:local', groups: [], localGroups: [], loginSessionCount: 0 },
  Group: { memberCount: 0 },
  ServiceAccount: { apiKeyCount: 0, localGroups: [] },
  WorkloadIdentity: { localGroups: [] },
  Role: { isBuiltIn: false, bindingCount: 0 },
  Binding: {},
  AccessPolicy: {},
  RequestPolicy: {},
  NotificationChannel: { pendingCount: 0, deadCount: 0, secrets: ['secret'] },
  AuditSink: { state: 'delivering', eventsBehind: 0, secrets: [] },
  IdentityProvider: {
    issuer: 'https://idp.example',
    hasClientSecret: true,
    callbackUrl: 'https://one.example/callback',
    userCount: 0,
    isFromConfiguration: false,
    scim: { url: 'https://one.example/scim' },
  },
};
const SET_LABEL = 'sallyport.dev/apply-set';

/** Creates an API that holds nothing yet. */
export function createFakeApi(): FakeApi {
  const resources = new Map<string, AnyResource>();
  const calls: string[] = [];
  const refused = new Map<string, string>();
  let version = 0;
  const key = (kind: string, name: string) => `${kind} ${name}`;

  function store(document: ResourceDocument, before?: AnyResource): AnyResource {
    const { kind, metadata, spec } = document;
    version += 1;
    const resource = kinds[kind].resource.parse({
      apiVersion: document.apiVersion,
      kind,
      metadata: {
        id: before?.metadata.id ?? createId(kinds[kind].idKind),
        name: metadata.name,
        labels: metadata.labels ?? {},
        resourceVersion: String(version),
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
      },
      spec,
      status: before === undefined ? STATUSES[kind] : kinds[kind].resource.shape.status.encode(before.status as never),
    });
    resources.set(key(kind, metadata.name), resource);
    return resource;
  }

  function find(kind: KindName, name: string): AnyResource {
    const found = resources.get(key(kind, name));
    if (found === undefined) throw problem('ERR_API_NOT_FOUND', 404, `there is no ${kind} ${JSON.stringify(name)}`);
    return found;
  }

  function assertVersion(resource: AnyResource, wanted: string | undefined): void {
    const { resourceVersion } = resource.metadata;
    if (wanted === undefined || wanted === resourceVersion) return;
    throw problem('ERR_API_PRECONDITION', 412, `the version is ${resourceVersion}, not ${wanted}`);
  }

  type Input = Readonly<Record<string, unknown>>;
  const verbs = (kind: KindName) => ({
    list: ({ limit = 100, continue: next = '0', labelSelector }: Input) => {
      const [label, value] = String(labelSelector ?? '').split('=');
      const all = [...resources.values()]
        .filter((it) => it.kind === kind && (!label || it.metadata.labels[label] === value))
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      const end = Number(next) + Number(limit);
      const metadata = { totalCount: all.length, resourceVersion: String(version) };
      const items = all.slice(Number(next), end);
      return { items, metadata: end < all.length ? { ...metadata, continue: String(end) } : metadata };
    },
    get: ({ name, organization }: Input) => find(kind, String(name ?? organization ?? kind.toLowerCase())),
    create: ({ body }: Input) => {
      const document = kinds[kind].document.parse(body);
      if (!resources.has(key(kind, document.metadata.name))) return store(document);
      throw problem('ERR_API_CONFLICT', 409, `there is a ${kind} ${document.metadata.name} already`);
    },
    update: ({ name, body }: Input, { ifMatch }: CallOptions = {}) => {
      const before = find(kind, String(name));
      assertVersion(before, ifMatch);
      return store(kinds[kind].document.parse(body), before);
    },
    delete: ({ name, organization }: Input, { ifMatch }: CallOptions = {}) => {
      const before = find(kind, String(name ?? organization));
      assertVersion(before, ifMatch);
      resources.delete(key(kind, before.metadata.name));
    },
  });

  function apply({ body }: Input) {
    const { resources: documents, dryRun, pruneSet } = applySchema.parse(body);
    const results = documents.map((document, index): ApplyResult => {
      const { kind, metadata } = document;
      const before = resources.get(key(kind, metadata.name));
      const path = refused.get(key(kind, metadata.name));
      const base = { index, kind, name: metadata.name };
      if (path !== undefined) {
        return { ...base, action: 'failed', problem: { code: 'ERR_API_REQUEST_INVALID', message: 'no good', path } };
      }
      if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== before?.metadata.resourceVersion) {
        return {
          ...base,
          action: 'failed',
          problem: { code: 'ERR_API_CONFLICT', message: 'somebody else changed it' },
        };
      }
      if (before === undefined) return { ...base, action: 'created' };
      const labels = pruneSet === undefined ? metadata.labels : { ...metadata.labels, [SET_LABEL]: pruneSet };
      const isSame =
        JSON.stringify(before.spec) === JSON.stringify(document.spec) &&
        JSON.stringify(before.metadata.labels) === JSON.stringify(labels ?? {});
      return { ...base, action: isSame ? 'unchanged' : 'updated' };
    });
    const named = new Set(documents.map(({ kind, metadata }) => key(kind, metadata.name)));
    for (const [name, { kind, metadata }] of resources) {
      if (pruneSet === undefined || metadata.labels[SET_LABEL] !== pruneSet || named.has(name)) continue;
      results.push({ kind, name: metadata.name, action: 'deleted' });
    }
    const hasFailed = results.some(({ action }) => action === 'failed');
    if (!dryRun && !hasFailed) {
      for (const { index, kind, name } of results) {
        const document = index === undefined ? undefined : documents[index];
        if (document === undefined) resources.delete(key(kind, name));
        else {
          const labels = { ...document.metadata.labels, ...(pruneSet !== undefined && { [SET_LABEL]: pruneSet }) };
          store({ ...document, metadata: { ...document.metadata, labels } }, resources.get(key(kind, name)));
        }
      }
    }
    return { isApplied: !dryRun && !hasFailed, results };
  }

  const access = createFakeAccess();
  const reviews = createFakeReviews();
  const ofFakes = { ...access.methods, ...reviews.methods };
  const methods: Record<string, (input: Input, options?: CallOptions) => unknown> = { applyResources: apply };
  for (const kind of KIND_NAMES) {
    for (const [verb, work] of Object.entries(verbs(kind))) {
      const name = operationOf(kind, verb as 'list');
      if (name !== undefined) methods[name] = work;
    }
  }
  async function call(caller: string, name: string, input: object, options?: CallOptions): Promise<unknown> {
    calls.push(name);
    const ofFake = ofFakes[name];
    if (ofFake !== undefined) return ofFake(input as never, caller);
    const method = methods[name];
    if (method === undefined) throw new Error(`the fake has no ${name}`);
    return method(input as Input, options);
  }
  const api = Object.fromEntries(
    [...Object.keys(methods), ...Object.keys(ofFakes)].map((name) => [
      name,
      (input: Input = {}, options?: CallOptions) => call('jo@acme.example', name, input, options),
    ]),
  ) as unknown as ApiClient;
  return {
    api,
    call,
    access,
    reviews,
    resources,
    calls,
    put: (kind, name, { spec = SPECS[kind] ?? {}, labels = {} } = {}) =>
      store({ apiVersion: 'sallyport.dev/v1', kind, metadata: { name, labels }, spec } as ResourceDocument),
    refuse: (kind, name, path) => void refused.set(key(kind, name), path),
  };
}

function problem(code: ApiProblemCode, status: number, detail: string): ApiProblemError {
  return new ApiProblemError({ type: `https://docs.example/errors#${code}`, title: code, status, detail, code });
}
