import type { Authentication } from '../stores/contracts.ts';

/** How fresh and how strong a login must be. All parts must hold; absent ones ask for nothing. */
export interface StepUpDemand {
  /** Longest time since the person proved who they are, in milliseconds. */
  readonly maxAgeMs?: number;
  /** Authentication context classes of which one is needed. */
  readonly acr?: readonly string[];
  /** Authentication methods that are all needed. */
  readonly amr?: readonly string[];
}

/**
 * What a login lacks of a demand, as a sentence; `undefined` when it has everything. A login whose provider does not say
 * when it happened never counts as fresh; machines prove nothing of a person.
 */
export function describeStepUpNeed(login: Authentication, demand: StepUpDemand, at: Date): string | undefined {
  const { authenticatedAt, acr, amr = [] } = login;
  if (demand.maxAgeMs !== undefined) {
    const ageMs = authenticatedAt === undefined ? Number.POSITIVE_INFINITY : at.getTime() - authenticatedAt.getTime();
    if (ageMs > demand.maxAgeMs) {
      return `the login is older than ${Math.floor(demand.maxAgeMs / 1000)} seconds, the longest that is allowed here`;
    }
  }
  if (demand.acr !== undefined && (acr === undefined || !demand.acr.includes(acr))) {
    return `the login is not of the class ${demand.acr.join(' or ')}`;
  }
  const missing = demand.amr?.filter((method) => !amr.includes(method)) ?? [];
  if (missing.length > 0) return `the login was made without ${missing.join(' and ')}`;
  return undefined;
}

/** Several demands as one: the shortest age, the classes that all of them take, the methods of all. */
export function strictestDemand(demands: readonly StepUpDemand[]): StepUpDemand | undefined {
  const ages = demands.flatMap(({ maxAgeMs }) => maxAgeMs ?? []);
  const classes = demands.flatMap(({ acr }) => (acr === undefined ? [] : [acr]));
  const methods = [...new Set(demands.flatMap(({ amr }) => amr ?? []))];
  if (ages.length + classes.length + methods.length === 0) return undefined;
  const [first = []] = classes;
  return {
    ...(ages.length > 0 && { maxAgeMs: Math.min(...ages) }),
    ...(classes.length > 0 && { acr: first.filter((acr) => classes.every((each) => each.includes(acr))) }),
    ...(methods.length > 0 && { amr: methods }),
  };
}

/**
 * The challenge of RFC 9470, section 3: what to ask the authorization server for. Methods have no parameter of their own;
 * the sentence names them.
 */
export function stepUpChallenge(demand: StepUpDemand, scheme = 'DPoP'): string {
  const parts = ['error="insufficient_user_authentication"'];
  if (demand.acr !== undefined) parts.push(`acr_values="${demand.acr.map(quotable).join(' ')}"`);
  if (demand.maxAgeMs !== undefined) parts.push(`max_age="${Math.floor(demand.maxAgeMs / 1000)}"`);
  return `${scheme} ${parts.join(', ')}`;
}

/** The command that raises a login to a demand. */
export function stepUpCommand({ maxAgeMs, acr }: StepUpDemand): string {
  const flags = ['sallyport login --step-up'];
  if (maxAgeMs !== undefined) flags.push(`--max-age ${Math.floor(maxAgeMs / 1000)}s`);
  for (const each of acr?.slice(0, 1) ?? []) flags.push(`--acr ${shellWord(each)}`);
  return flags.join(' ');
}

/** Within the quoted string of a header no quotes, backslashes or controls; such a class could not be asked for anyway. */
function quotable(text: string): string {
  return text.replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, '');
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
