import { MAX_CSR_LENGTH } from '@sallyport/core/api';
import { PkiError } from './errors.ts';
import { crypto } from './issue.ts';
import { Pkcs10CertificateRequest } from './x509.ts';

/**
 * Reads a certificate request whose signature shows that the sender holds the private half of its P-256 key. Only the public
 * key is meant to be used: subject, names and usage are the issuer's to choose.
 * @throws PkiError `ERR_PKI_CSR_INVALID`
 */
export async function verifyCertificateRequest(csrPem: string): Promise<Pkcs10CertificateRequest> {
  if (csrPem.length > MAX_CSR_LENGTH) {
    throw invalid(`is ${csrPem.length} characters, limit is ${MAX_CSR_LENGTH}`);
  }
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(csrPem);
  } catch (cause) {
    throw invalid('is not PKCS#10 in PEM', cause);
  }
  const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (name !== 'ECDSA' || namedCurve !== 'P-256') throw invalid(`has a key of ${namedCurve ?? name}, must be P-256`);
  const isGenuine = await request.verify(crypto).catch((cause: unknown) => {
    throw invalid('can not be verified', cause);
  });
  if (!isGenuine) throw invalid('is not signed by the key that it holds');
  return request;
}

function invalid(problem: string, cause?: unknown): PkiError {
  return new PkiError({ code: 'ERR_PKI_CSR_INVALID', message: `the certificate request ${problem}`, cause });
}
