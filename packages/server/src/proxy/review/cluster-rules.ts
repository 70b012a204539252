import type { Rule } from '@sallyport/authz';
import type { ResponseSink } from '../request.ts';
import { isJson, type Json } from '../request-content/json.ts';

/** Rules that the cluster itself has for an identity. */
export interface ClusterRules {
  readonly rules: readonly Rule[];
  /** Why they may not be all; absent when they are. */
  readonly incomplete?: string;
}

/** Reads the answer of the API server to a rules review. What is no such answer gives no rules, and says so. */
export function readClusterRules(status: number, body: string): ClusterRules {
  let review: unknown;
  try {
    review = JSON.parse(body);
  } catch {
    review = undefined;
  }
  const found = isJson(review) ? review['status'] : undefined;
  if (status !== 201 || !isJson(found))
    return { rules: [], incomplete: `the API server answered with status ${status}` };
  const rules = [
    ...rows(found['resourceRules']).map((row): Rule => {
      const resourceNames = texts(row['resourceNames']);
      return {
        verbs: texts(row['verbs']),
        apiGroups: texts(row['apiGroups']),
        resources: texts(row['resources']),
        // An empty list of names means every name in Kubernetes.
        ...(resourceNames.length > 0 && { resourceNames }),
      };
    }),
    ...rows(found['nonResourceRules']).map(
      (row): Rule => ({ verbs: texts(row['verbs']), nonResourceUrls: texts(row['nonResourceURLs']) }),
    ),
  ];
  const why = found['evaluationError'];
  if (found['incomplete'] !== true) return { rules };
  return { rules, incomplete: typeof why === 'string' && why !== '' ? why : 'the API server does not list every rule' };
}

/** Largest answer to a rules review that is read, in characters. */
const MAX_ANSWER_LENGTH = 4 * 1_048_576;

/** A sink that keeps an answer to be read here. */
export function keepAnswer(): { readonly sink: ResponseSink; read(): ClusterRules } {
  let status = 0;
  let isWhole = false;
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    sink: {
      head(code) {
        status = code;
      },
      write(chunk, taken) {
        length += chunk.length;
        if (length <= MAX_ANSWER_LENGTH) chunks.push(Buffer.from(chunk));
        taken();
      },
      end() {
        isWhole = length <= MAX_ANSWER_LENGTH;
      },
      abort() {},
      onGone() {},
    },
    read: () =>
      isWhole
        ? readClusterRules(status, Buffer.concat(chunks).toString('utf8'))
        : { rules: [], incomplete: 'the answer of the API server broke off' },
  };
}

function rows(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}
