import type { Rule } from '@sallyport/authz';
import type { ResourceAttributes } from '@sallyport/core';

/** Numbers in [0, 1) that one seed always yields alike (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Few words of each kind, so that rules and requests meet; the last of each list is in no rule.
const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'bind',
  'escalate',
  'use',
];
const GROUPS = ['', 'apps', 'example.com', 'rbac.authorization.k8s.io', 'batch'];
const RESOURCES = ['pods', 'secrets', 'deployments', 'roles', 'namespaces', 'nodes', 'widgets', 'jobs'];
const SUBRESOURCES = ['', '', '', '', 'log', 'status', 'scale', 'exec', 'portforward', 'proxy', 'token', 'invented'];
const NAMES = ['a', 'b', 'shop', 'c'];
const PATHS = ['/version', '/healthz', '/healthz/etcd', '/api', '/api/v1', '/metrics', '/openapi/v3/apis', '/other'];
const PATH_PATTERNS = ['*', '/healthz', '/healthz/*', '/api*', '/openapi/*', '/version', '/', '/metrics'];

/** Makes rules and requests at random. */
export class Randomly {
  readonly #next: () => number;
  readonly #namespaces: readonly string[];

  constructor(seed: number, namespaces: readonly string[]) {
    this.#next = randomFrom(seed);
    this.#namespaces = namespaces;
  }

  /** Rules of one role, of every form that Kubernetes' own have; `namespaces` stands for a Role in each of them. */
  rules(): readonly Rule[] {
    return Array.from({ length: 1 + this.#below(3) }, () => this.#rule());
  }

  request(): ResourceAttributes | { readonly kind: 'nonResource'; readonly verb: string; readonly path: string } {
    if (this.#chance(0.1))
      return { kind: 'nonResource', verb: this.#one(['get', 'post', 'put']), path: this.#one(PATHS) };
    return {
      kind: 'resource',
      verb: this.#one(VERBS),
      apiGroup: this.#one(GROUPS),
      apiVersion: 'v1',
      resource: this.#one(RESOURCES),
      subresource: this.#one(SUBRESOURCES),
      namespace: this.#chance(0.3) ? '' : this.#one(this.#namespaces),
      name: this.#chance(0.4) ? '' : this.#one(NAMES),
      remainder: '',
      path: '',
    };
  }

  /** An index below a count. */
  index(count: number): number {
    return this.#below(count);
  }

  #rule(): Rule {
    if (this.#chance(0.12)) {
      return { verbs: this.#some(['get', 'post', '*']), nonResourceUrls: this.#some(PATH_PATTERNS) };
    }
    const resources = this.#some(RESOURCES.slice(0, -1)).flatMap((resource) => {
      const subresource = this.#one(SUBRESOURCES.slice(0, -1));
      if (this.#chance(0.12)) return subresource === '' ? ['*'] : [`*/${subresource}`];
      return this.#chance(0.7)
        ? [resource]
        : subresource === ''
          ? [resource]
          : [`${resource}/${subresource}`, resource];
    });
    return {
      verbs: this.#chance(0.15) ? ['*'] : this.#some(VERBS.slice(0, -1)),
      apiGroups: this.#chance(0.3) ? ['*'] : this.#some(GROUPS.slice(0, -1)),
      resources,
      ...(this.#chance(0.25) && { resourceNames: this.#some(NAMES.slice(0, -1)) }),
      ...(this.#chance(0.4) && { namespaces: this.#some(this.#namespaces.slice(0, -1)) }),
    };
  }

  #some(words: readonly string[]): readonly string[] {
    const chosen = words.filter(() => this.#chance(0.35));
    return chosen.length > 0 ? chosen : [this.#one(words)];
  }

  #one(words: readonly string[]): string {
    return words[this.#below(words.length)] ?? '';
  }

  #below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #chance(of: number): boolean {
    return this.#next() < of;
  }
}
