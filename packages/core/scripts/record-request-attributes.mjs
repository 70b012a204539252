// Records what a real kube-apiserver makes of the requests in testdata/request-attributes.requests.txt, and writes
// testdata/request-attributes.json. The answers are taken from its audit log, so the log must be at hand:
//
//   node scripts/record-request-attributes.mjs --kubeconfig FILE --audit-log FILE
//
// The kubeconfig's user needs a client certificate and must be allowed to impersonate. Every request is sent as a user
// without rights: it is audited with its attributes, answered 403 and changes nothing.
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const { values: flags } = parseArgs({ options: { kubeconfig: { type: 'string' }, 'audit-log': { type: 'string' } } });
if (!flags.kubeconfig || !flags['audit-log']) {
  process.stderr.write('usage: record-request-attributes.mjs --kubeconfig FILE --audit-log FILE\n');
  process.exit(2);
}
const testdata = new URL('../testdata/', import.meta.url);

function readRequests(text) {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [request, refused] = line.split(' # refused: ');
      const [method, target] = request.split(' ');
      return { method, target, refused, userAgent: `record/${randomUUID()}` };
    });
}

async function readCluster(path) {
  const config = parse(await readFile(path, 'utf8'));
  const context = config.contexts.find((entry) => entry.name === config['current-context']).context;
  const { cluster } = config.clusters.find((entry) => entry.name === context.cluster);
  const { user } = config.users.find((entry) => entry.name === context.user);
  const pem = (text) => Buffer.from(text, 'base64');
  const url = new URL(cluster.server);
  return {
    host: url.hostname,
    port: Number(url.port || 443),
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
    ALPNProtocols: ['http/1.1'],
  };
}

/** Writes the request line as it stands: an HTTP library would tidy up just what is to be seen. */
function send(cluster, { method, target, userAgent }) {
  return new Promise((resolve, reject) => {
    const socket = connect(cluster, () => {
      socket.write(
        `${method} ${target} HTTP/1.1\r\nHost: ${cluster.host}\r\nUser-Agent: ${userAgent}\r\n` +
          'Impersonate-User: request-attributes-recorder\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      );
    });
    let answer = '';
    socket
      .setEncoding('latin1')
      .setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${method} ${target}`)));
    socket.on('data', (chunk) => {
      answer += chunk;
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer);
      if (status && answer.includes('\r\n\r\n')) {
        socket.destroy();
        resolve(Number(status[1]));
      }
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error(`no answer to ${method} ${target}`)));
  });
}

async function readEvents(path) {
  const events = new Map();
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    if (!line.includes('"stage":"ResponseComplete"') || !line.includes('"userAgent":"record/')) continue;
    const event = JSON.parse(line);
    events.set(event.userAgent, event);
  }
  return events;
}

function attributesOf(event) {
  const { verb, objectRef } = event;
  if (objectRef === undefined) return { kind: 'nonResource', verb };
  const { apiGroup = '', apiVersion = '', resource = '', subresource = '', namespace = '', name = '' } = objectRef;
  return { kind: 'resource', verb, apiGroup, apiVersion, resource, subresource, namespace, name };
}

const requests = readRequests(await readFile(new URL('request-attributes.requests.txt', testdata), 'utf8'));
const cluster = await readCluster(flags.kubeconfig);
for (const request of requests) request.status = await send(cluster, request);

// 400 and 500 come from before the audit stage; everything else leaves an event, written a moment after the answer.
const isAudited = ({ status }) => status !== 400 && status !== 500;
let events = await readEvents(flags['audit-log']);
for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
  if (requests.every((request) => !isAudited(request) || events.has(request.userAgent))) break;
  await delay(100);
  events = await readEvents(flags['audit-log']);
}

const rows = requests.map(({ method, target, refused, status, userAgent }) => {
  const event = events.get(userAgent);
  if (event === undefined && refused === undefined)
    throw new Error(`no audit event for ${method} ${target} (${status})`);
  return { method, target, ...(refused && { refused }), attributes: event ? attributesOf(event) : null };
});
await writeFile(
  new URL('request-attributes.json', testdata),
  `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`,
);
process.stdout.write(`${rows.length} requests, ${rows.filter((row) => row.refused).length} of them refused by us\n`);
