import type { UpstreamCall } from '../security/recording-upstream.ts';
import { switchingHead } from '../security/upgrade-client.ts';

/** A cluster whose watches, logs and terminals go on for as long as the caller stays; anything else is answered at once. */
export function answerForever(call: UpstreamCall): void {
  const { target } = call.request;
  const json = ['Content-Type', 'application/json'];
  if (target.includes('/exec?')) call.raw(switchingHead(call, 'v5.channel.k8s.io'));
  else if (target.includes('/log?')) call.open(200, ['Content-Type', 'text/plain']).write('a line\n');
  else if (target.includes('watch=')) call.open(200, json).write('{"type":"ADDED","object":{}}\n');
  else call.respond(200, json, '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}');
}
