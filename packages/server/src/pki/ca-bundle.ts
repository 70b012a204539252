import { X509Certificate } from 'node:crypto';
import { PkiError } from './errors.ts';

const BLOCK = /-----BEGIN ([^-]*)-----([\s\S]*?)-----END ([^-]*)-----/g;

/**
 * Splits a CA bundle into its certificates. Anything that is not a readable CA certificate is refused: TLS libraries skip
 * what they can't read and leave a smaller trust set in silence. Text outside of blocks (comments) is allowed. `what` names
 * the bundle in errors.
 * @throws PkiError `ERR_PKI_CA_BUNDLE` with the number of the block, counted from 1
 */
export function parseCaBundle(pem: string, what: string): readonly string[] {
  const certificates: string[] = [];
  for (const [block, label = '', , closing] of pem.matchAll(BLOCK)) {
    const where = `block ${certificates.length + 1} of ${what}`;
    if (label !== 'CERTIFICATE' || closing !== label) {
      throw malformed(`${where} is ${JSON.stringify(label.slice(0, 40))}, not a certificate`);
    }
    certificates.push(`${readCa(block, where)}\n`);
  }
  if (pem.replace(BLOCK, '').includes('-----')) {
    throw malformed(`block ${certificates.length + 1} of ${what} is cut short`);
  }
  if (certificates.length === 0) throw malformed(`${what} holds no certificate`);
  return certificates;
}

function readCa(block: string, where: string): string {
  let isCa: boolean;
  try {
    isCa = new X509Certificate(block).ca;
  } catch (cause) {
    throw malformed(`${where} is no readable certificate`, cause);
  }
  if (!isCa) throw malformed(`${where} is not the certificate of an authority`);
  return block;
}

function malformed(message: string, cause?: unknown): PkiError {
  return new PkiError({
    code: 'ERR_PKI_CA_BUNDLE',
    message,
    cause,
    nextStep: 'Give a PEM bundle with nothing but the CA certificates to trust.',
  });
}
