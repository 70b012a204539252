// docs/metrics.md lists every metric of server and agent, as the code declares and writes them. `--write` writes it.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './lib/bundle.mjs';
import { read, report, root } from './lib/workspace.mjs';

const page = 'docs/metrics.md';
const { serverMetrics, agentText, deliveryText } = await importSource(`
  import { createAgentMetrics } from './packages/agent/src/metrics.ts';
  import { formatDeliveryMetrics } from './packages/server/src/audit/delivery/delivery-metrics.ts';
  export { SERVER_METRICS as serverMetrics } from './packages/server/src/monitoring/catalogue.ts';
  const agent = createAgentMetrics();
  agent.exchangeRefused('CODE');
  agent.upstreamFailed('CODE');
  agent.certificateEnds(new Date(0));
  export const agentText = agent.render();
  const at = new Date(0);
  const receiver = { type: 'sink', name: 'NAME', organization: 'NAME', log: 'LOG', state: 'refusing', eventsBehind: 1 };
  export const deliveryText = formatDeliveryMetrics([{ ...receiver, waitingSince: at, failingSince: at }], at);
`);

const text = `# Metrics

Made from the code (\`node .ci/checks/metrics.mjs --write\`). What is **stable** keeps its name, its labels and its meaning until the
next major version; what is experimental may change with any. No label holds what a caller can choose freely, so the number of series is
bounded.

## Server

${table(Object.entries(serverMetrics).map(([name, metric]) => ({ name, ...metric })))}

Beside these stand the metrics of the process and of Node, as prom-client names them (\`process_…\`, \`nodejs_…\`).

## Audit delivery

How sinks and witnesses do: \`GET /api/v1/installation/audit-delivery/metrics\`, with the permission that it takes to see them. See
[audit](audit.md).

${table(familiesOf(deliveryText))}

## Agent

On the address of \`health\` in the agent's [configuration](configuration.md), \`/metrics\`.

${table(familiesOf(agentText))}
`;
if (process.argv.includes('--write')) writeFileSync(join(root, page), text);
const isCurrent = existsSync(join(root, page)) && read(page) === text;
report(isCurrent ? [] : [`${page}: differs from what the code declares (node .ci/checks/metrics.mjs --write)`]);

function table(metrics) {
  const rows = metrics.map(({ name, type, labels, help, stability }) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${stability} | ${help.replaceAll('|', '\\|')} |`;
  });
  return ['| Metric | Type | Labels | Stability | Meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** Metrics of a text in the exposition format, which has a sample of each. */
function familiesOf(exposition) {
  return [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => {
    const [, help = ''] = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(exposition) ?? [];
    const [, labels = ''] = new RegExp(`^${name}\\{([^}]*)\\}`, 'm').exec(exposition) ?? [];
    const stability = name.startsWith('sallyport_') ? 'stable' : 'experimental';
    return { name, type, help, stability, labels: [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label) };
  });
}
