import { X509Certificate } from 'node:crypto';
import { AgentError } from './errors.ts';

const BLOCK = /-----BEGIN ([^-]*)-----([\s\S]*?)-----END ([^-]*)-----/g;

/**
 * Splits a CA bundle into its certificates and refuses one that is not made of certificates alone: OpenSSL would skip
 * what it can't read and leave a smaller trust set in silence. Text between blocks, such as comments, is allowed.
 * `what` names the bundle in errors.
 * @throws AgentError `ERR_AGENT_CA_BUNDLE` with the number of the block, counted from 1
 */
export function parseCaBundle(pem: string, what: string): string[] {
  const certificates: string[] = [];
  for (const [block, label, , closing] of pem.matchAll(BLOCK)) {
    const number = certificates.length + 1;
    if (label !== 'CERTIFICATE' || closing !== 'CERTIFICATE') {
      throw malformed(`block ${number} of ${what} is ${JSON.stringify(label?.slice(0, 40))}, not a certificate`);
    }
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw malformed(`block ${number} of ${what} is no readable certificate`, cause);
    }
    certificates.push(block);
  }
  const rest = pem.replace(BLOCK, '');
  if (rest.includes('-----')) throw malformed(`block ${certificates.length + 1} of ${what} is cut short`);
  if (certificates.length === 0) throw malformed(`${what} holds no certificate`);
  return certificates;
}

function malformed(message: string, cause?: unknown): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_CA_BUNDLE',
    message,
    cause,
    nextStep: 'Give a PEM bundle with nothing but the CA certificates to trust.',
  });
}
