import type { KubeObject } from '../../api/kube/object-text.ts';

/** A container of a pod and how it is. */
export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly isReady: boolean;
  readonly restartCount: number;
  /** `Running`, or the reason why it is not. */
  readonly state: string;
  /** How its last run ended, when it has had one. */
  readonly lastExit?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: Readonly<Record<string, { readonly reason?: string; readonly exitCode?: number } | undefined>>;
  readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
}

/** Containers of a pod, in the order of its spec; debug containers last. */
export function containersOf({ spec, status }: KubeObject): readonly PodContainer[] {
  const pod = spec as
    | {
        readonly containers?: readonly { readonly name: string; readonly image?: string }[];
        readonly ephemeralContainers?: readonly { readonly name: string; readonly image?: string }[];
      }
    | undefined;
  const { containerStatuses = [], ephemeralContainerStatuses = [] } = (status ?? {}) as {
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
  const statuses = [...containerStatuses, ...ephemeralContainerStatuses];
  return [...(pod?.containers ?? []), ...(pod?.ephemeralContainers ?? [])].map(({ name, image = '' }) => {
    const known = statuses.find((each) => each.name === name);
    const last = known?.lastState?.terminated;
    return {
      name,
      image,
      isReady: known?.ready === true,
      restartCount: known?.restartCount ?? 0,
      state: stateWord(known),
      ...(last !== undefined && { lastExit: `${last.reason ?? 'Ended'}, exit code ${last.exitCode ?? 0}` }),
    };
  });
}

function stateWord(status: ContainerStatus | undefined): string {
  const state = status?.state;
  if (state?.['running'] !== undefined) return 'Running';
  return state?.['waiting']?.reason ?? state?.['terminated']?.reason ?? 'Waiting';
}

/** The first port that a pod's containers or a service name, for the example of a port-forward. */
export function firstPort({ spec }: KubeObject): number | undefined {
  const { ports, containers } = (spec ?? {}) as {
    readonly ports?: readonly { readonly port?: number }[];
    readonly containers?: readonly { readonly ports?: readonly { readonly containerPort?: number }[] }[];
  };
  return ports?.[0]?.port ?? containers?.flatMap((each) => each.ports ?? [])[0]?.containerPort;
}

/** Conditions of an object, where it has them in the usual form. */
export function conditionsOf({ status }: KubeObject): readonly {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}[] {
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(
    (each): each is { type: string; status: string } =>
      typeof each === 'object' && each !== null && typeof (each as { type?: unknown }).type === 'string',
  );
}
