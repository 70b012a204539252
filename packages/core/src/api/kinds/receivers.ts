import { z } from 'zod';

/** A secret that is taken and never shown. Absent in an update: the one of before. */
export const sealedSecretSchema = z.string().min(1).max(2_048).optional();

/** An address of a receiver, without a name or password in it: those would stand in listings. */
export const receiverAddressSchema = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .refine((text) => {
    // What is no address at all has been said already.
    if (!URL.canParse(text)) return true;
    const { username, password } = new URL(text);
    return username === '' && password === '';
  }, 'holds a name or a password');

/** Secrets of Standard Webhooks: 24 to 64 bytes. */
export const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
