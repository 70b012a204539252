import { listPodsUnderGrant } from './script-grants.ts';

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`set ${name}`);
  return value;
}

// A server with a CA of its own: NODE_EXTRA_CA_CERTS names the file.
const names = await listPodsUnderGrant({
  baseUrl: variable('SALLYPORT_URL'),
  organization: variable('SALLYPORT_ORGANIZATION'),
  cluster: variable('SALLYPORT_CLUSTER'),
  requesterKey: variable('REQUESTER_API_KEY'),
  reviewerKey: variable('REVIEWER_API_KEY'),
});
process.stdout.write(`${names.join('\n')}\n`);
