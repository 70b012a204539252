import type { Obligation } from '@sallyport/authz';
import type { ResourceAttributes } from '@sallyport/core';
import type { NamespaceLabels } from '../../access/namespace-labels.ts';
import type { Admission } from '../admit.ts';
import type { Refusal } from '../refusal.ts';
import type { AnswerRules } from './judge.ts';
import { readableAccept } from './negotiate.ts';
import { primingTarget } from './prime-watch.ts';
import { compileView, type View } from './view.ts';

/** How the answer to one request is read. */
export interface AnswerPlan {
  readonly attributes: ResourceAttributes;
  readonly shape: 'single' | 'list' | 'watch';
  readonly rules: AnswerRules;
  /** `Accept` for upstream. */
  readonly accept: string;
  /** A list that says what is in view when the watch begins; absent when the watch tells by itself, or it does not matter. */
  readonly primingTarget?: string;
}

const SHAPES: ReadonlyMap<string, AnswerPlan['shape']> = new Map([
  ['get', 'single'],
  ['list', 'list'],
  ['watch', 'watch'],
  ['create', 'single'],
  ['update', 'single'],
  ['patch', 'single'],
  ['delete', 'single'],
  ['deletecollection', 'list'],
]);
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

/**
 * Plans how the answer to an admitted request is read: `undefined` when nothing in it has to be hidden, and a refusal when
 * what has to be hidden could not be found.
 */
export function planAnswer(admission: Admission, namespaceLabels: NamespaceLabels): AnswerPlan | Refusal | undefined {
  const { attributes, request, target, upgrade, who } = admission;
  const views = viewsOf(admission.decision.obligations);
  const isSecrets = attributes.kind === 'resource' && attributes.resource === 'secrets';
  const isMasking = isSecrets && admission.decision.obligations.some(({ kind }) => kind === 'maskSecrets');
  if (views.length === 0 && !isMasking) return undefined;

  if (attributes.kind === 'nonResource') return refused('answers of this path can not be filtered');
  if (upgrade !== undefined) {
    return refused('an answer that switches protocols can not be filtered or masked. Ask without the switch');
  }
  if (request.method === 'HEAD') return refused('the head of an answer can not be filtered or masked. Use GET');
  const shape = SHAPES.get(attributes.verb);
  if (shape === undefined) return refused(`what ${attributes.verb || request.method} answers can not be filtered`);
  if (views.length > 0 && !READS.has(attributes.verb)) {
    return refused(`what ${attributes.verb} does can not be limited to a part of the objects`);
  }
  if (views.length > 0 && attributes.subresource !== '' && attributes.subresource !== 'status') {
    return refused(`what ${attributes.resource}/${attributes.subresource} answers does not say whether you may see it`);
  }
  const readable = readableAccept(request.headers);
  if (readable === undefined) {
    return refused('its answer has to be filtered or masked, which needs JSON. Accept application/json too');
  }
  if (views.length > 0 && readable.mayBeTable && asksForBareRows(target)) {
    return refused('rows without their objects (includeObject=None) can not be filtered. Leave includeObject out');
  }

  const compiled = views.map((view) => compileView(view, (name) => namespaceLabels.of(who.cluster.id, name)));
  const view = compiled.length === 0 ? undefined : allOf(compiled);
  const priming = shape === 'watch' && view?.canChange ? primingTarget(attributes, target) : undefined;
  return {
    attributes,
    shape,
    accept: readable.accept,
    rules: {
      ...(view && { view }),
      isMasking,
      areSecrets: isSecrets && attributes.apiGroup === '',
      areNamespaces: attributes.apiGroup === '' && attributes.resource === 'namespaces',
    },
    ...(priming !== undefined && { primingTarget: priming }),
  };
}

function viewsOf(obligations: readonly Obligation[]) {
  return obligations.flatMap((obligation) => (obligation.kind === 'filter' ? [obligation.view] : []));
}

function allOf(views: readonly View[]): View {
  return {
    admits: (object) => views.every((view) => view.admits(object)),
    readsLabels: views.some((view) => view.readsLabels),
    canChange: views.some((view) => view.canChange),
  };
}

function asksForBareRows(target: string): boolean {
  const at = target.indexOf('?');
  return at >= 0 && new URLSearchParams(target.slice(at)).getAll('includeObject').includes('None');
}

function refused(message: string): Refusal {
  return { code: 'ERR_PROXY_NOT_ACCEPTABLE', message: `${message}.` };
}
