import { z } from 'zod';

/** How an installation presents itself. Public, the same for everyone. */
export const brandingSchema = z.object({
  /** What the installation is called. */
  name: z.string().optional(),
  /** Path of the logo at the server's own origin; another logo has another path. */
  logo: z.string().optional(),
  /** Where people find help, in the order in which they are shown. */
  supportLinks: z.array(z.object({ label: z.string(), url: z.url({ protocol: /^https$/ }) })).optional(),
});

/** How an installation presents itself. */
export type Branding = z.infer<typeof brandingSchema>;
