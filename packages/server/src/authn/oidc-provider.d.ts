/**
 * The part of `oidc-provider` 9 that the project uses; the package ships no types of its own. Configuration is checked
 * by the library when a provider is created.
 */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  export type Configuration = Readonly<Record<string, unknown>>;

  export interface AdapterPayload {
    [key: string]: unknown;
  }

  export interface Adapter {
    upsert(id: string, payload: AdapterPayload, expiresInSeconds: number | undefined): Promise<void>;
    find(id: string): Promise<AdapterPayload | undefined>;
    findByUserCode(userCode: string): Promise<AdapterPayload | undefined>;
    findByUid(uid: string): Promise<AdapterPayload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Client {
    readonly clientId: string;
    readonly clientName?: string;
    grantTypeAllowed(type: string): boolean;
  }

  /** A stored object of the provider: token, code or grant. */
  export interface StoredObject {
    readonly jti: string;
    readonly accountId?: string;
    readonly grantId?: string;
    readonly clientId?: string;
    /** Of authorization codes. */
    readonly codeChallenge?: string;
  }

  export interface Grant extends StoredObject {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  export interface Interaction {
    readonly uid: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly deviceCode?: string;
    readonly prompt: { readonly name: string };
    readonly exp: number;
  }

  export interface OidcContext {
    readonly route: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly client?: Client;
    readonly session?: { state?: { secret?: string } };
    readonly entities: { readonly [name: string]: StoredObject | undefined };
    readonly result?: unknown;
    urlFor(name: string): string;
  }

  export interface CookieOptions {
    readonly path?: string;
  }

  /** koa's context, with what the provider adds. */
  export interface Context {
    readonly method: string;
    accepts(...types: string[]): string | false;
    readonly path: string;
    readonly ip: string;
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    readonly state: Record<string, unknown>;
    readonly oidc: OidcContext;
    query: Record<string, string | string[] | undefined>;
    status: number;
    type: string;
    body: unknown;
    readonly cookies: {
      set(name: string, value?: string | null, options?: CookieOptions): unknown;
    };
    get(field: string): string;
    set(field: string, value: string): void;
    redirect(url: string): void;
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    readonly issuer: string;
    /** koa's switch: take scheme and host from `X-Forwarded-*`. */
    proxy: boolean;
    readonly Grant: new (properties: {
      jti?: string;
      accountId: string;
      clientId: string;
    }) => Grant;
    readonly Client: { find(id: string): Promise<Client | undefined> };
    callback(): RequestListener;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    on(event: string, listener: (...values: never[]) => void): this;
    cookieName(kind: 'session' | 'interaction' | 'resume'): string;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<void>;
    /** As `interactionFinished`, but yields the address instead of redirecting there. */
    interactionResult(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<string>;
  }

  export const interactionPolicy: {
    readonly Check: new (reason: string, description: string, check: (context: Context) => boolean) => object;
    base(): {
      get(
        name: string,
      ): { readonly checks: { add(check: object): void; remove(reason: string): void; clear(): void } } | undefined;
    };
  };

  export namespace errors {
    class InvalidTarget extends Error {}
    class InvalidRequest extends Error {
      constructor(description?: string);
    }
  }
}
