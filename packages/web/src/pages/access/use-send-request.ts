import type { AccessRequestResource, CreateAccessRequest } from '@sallyport/core/api';
import { useRef, useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';

/** Sends a request; the same content is one request, however often it is sent. */
export function useSendRequest(onSent: (request: AccessRequestResource) => void) {
  const { api, organization } = useSignedIn();
  const [refusal, setRefusal] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const last = useRef({ text: '', idempotencyKey: '' });

  async function send(body: CreateAccessRequest): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setRefusal(undefined);
    const text = JSON.stringify(body);
    if (last.current.text !== text) last.current = { text, idempotencyKey: crypto.randomUUID() };
    const { idempotencyKey } = last.current;
    try {
      onSent(await api.createAccessRequest({ organization, body }, { idempotencyKey }));
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  }

  return { send, isBusy, refusal };
}
