/** Whether this browser can answer for passkeys from the JSON form of options. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/**
 * Has the person's device prove itself by one of its passkeys.
 * @param options for `navigator.credentials.get`, as JSON
 * @throws DOMException when the person or the device refuses
 */
export async function getPasskey(options: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await navigator.credentials.get({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError('the device showed no passkey');
  return credential.toJSON() as Record<string, unknown>;
}
