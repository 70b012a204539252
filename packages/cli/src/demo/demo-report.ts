import type { Demo } from './demo.ts';
import { DEMO_ROLES, type DemoRole, emailOf } from './demo-people.ts';

/** What scripts are told about a demo, in one line of JSON. A contract: fields are only ever added. */
export interface DemoReport {
  readonly url: string;
  readonly caFile: string;
  readonly organization: string;
  readonly cluster: string;
  readonly users: Readonly<
    Record<
      DemoRole,
      {
        readonly email: string;
        readonly password: string;
        /** A `SALLYPORT_HOME` that is logged in. */
        readonly home: string;
        /** Works with plain kubectl. */
        readonly kubeconfig: string;
      }
    >
  >;
}

/** Describes a demo for scripts. Holds its passwords: they are the demo's own, made up at its first start. */
export function reportDemo({ url, organization, cluster, state }: Demo): DemoReport {
  const users = DEMO_ROLES.map((role) => [
    role,
    {
      email: emailOf(role),
      password: state.passwords[role],
      home: state.homeOf(role),
      kubeconfig: state.kubeconfigOf(role),
    },
  ]);
  return { url, caFile: state.caFile, organization, cluster, users: Object.fromEntries(users) };
}

/** Tells a person what runs and what to type next. */
export function describeDemo(report: DemoReport, upstream: string): string {
  const { url, caFile, users } = report;
  const rows = DEMO_ROLES.map((role) => `  ${users[role].email.padEnd(24)}${users[role].password}`);
  return `
Sallyport runs at ${url}, in front of ${upstream}.

People and their passwords:
${rows.join('\n')}

Try, in another terminal:
  export KUBECONFIG=${users.developer.kubeconfig}
  kubectl get pods --all-namespaces
  kubectl --kubeconfig ${users.viewer.kubeconfig} get secrets --all-namespaces

Or log in yourself:
  npx --no-install sallyport login ${new URL(url).host} --ca-file ${caFile}
  npx --no-install sallyport kube login --set-current

Press Ctrl-C to stop. The state stays in ${caFile.replace(/[\\/][^\\/]*$/, '')}.
`;
}
