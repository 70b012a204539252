import { type ClusterId, clusterSanUri, createId } from '@sallyport/core';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import type { IssueOptions, TestCa } from './test-ca.ts';

/** A server's front door that enrols once per token. */
export interface FrontDoor {
  readonly url: URL;
  readonly clusterId: ClusterId;
  readonly recorded: RecordingUpstream;
  close(): Promise<void>;
}

/** Options of {@link startFrontDoor}. */
export interface FrontDoorOptions {
  /** CA of the front door's certificate. */
  readonly ca: TestCa;
  /** CA that agents are certified by. */
  readonly agentCa: TestCa;
  /** Tokens that are good for one enrolment each. */
  readonly tokens: string[];
  /** Address of the gateway. */
  readonly tunnelAddress?: string;
  /** Changes what is certified, for answers that must be refused. */
  readonly certify?: (csrPem: string, clusterId: ClusterId) => Promise<string>;
  readonly answer?: (honest: Readonly<Record<string, unknown>>) => unknown;
  readonly life?: Pick<IssueOptions, 'notBefore' | 'notAfter'>;
  /** What agents are told that ask for the standing of their certificate. Default `unknown`. */
  readonly standing?: (certificatePem: string) => string;
}

/** Starts one on 127.0.0.1. */
export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const clusterId = createId('cluster');
  const certify =
    options.certify ??
    ((csrPem: string) => options.agentCa.sign(csrPem, { uris: [clusterSanUri(clusterId)], ...options.life }));
  const recorded = await startRecordingUpstream({
    ca: options.ca,
    onRequest(req, res) {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => void answer());
      async function answer(): Promise<void> {
        if (req.url === '/agent/v1/standing') {
          const { certificatePem } = JSON.parse(Buffer.concat(chunks).toString()) as {
            readonly certificatePem: string;
          };
          res.end(JSON.stringify({ standing: options.standing?.(certificatePem) ?? 'unknown' }));
          return;
        }
        const { joinToken, csrPem } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
        const at = options.tokens.indexOf(joinToken ?? '');
        if (at < 0) {
          res.writeHead(403, { 'content-type': 'application/problem+json' });
          res.end(JSON.stringify({ title: 'refused', detail: 'the join token was used before' }));
          return;
        }
        options.tokens.splice(at, 1);
        const honest = {
          clusterId,
          clusterName: 'prod',
          certificatePem: await certify(csrPem ?? '', clusterId),
          tunnel: {
            address: options.tunnelAddress ?? '127.0.0.1:1',
            serverName: 'agents.sallyport.test',
            caPem: options.agentCa.certificatePem,
          },
        };
        res.end(JSON.stringify(options.answer?.(honest) ?? honest));
      }
    },
  });
  return {
    url: new URL(`https://127.0.0.1:${recorded.port}`),
    clusterId,
    recorded,
    close: () => recorded.close(),
  };
}
