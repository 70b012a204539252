/** Whether this browser can make passkeys from the JSON form of options. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}

/**
 * Has the person's device make a passkey.
 * @param options for `navigator.credentials.create`, as JSON
 * @throws DOMException when the person or the device refuses
 */
export async function createPasskey(options: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const credential = await navigator.credentials.create({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError('the device made no passkey');
  return credential.toJSON() as Record<string, unknown>;
}
