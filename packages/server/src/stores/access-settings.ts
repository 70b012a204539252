import { type AccessSettings, parseDuration } from '@sallyport/core';
import type { Settings } from '@sallyport/core/api';

/** Settings of one level in the form in which decisions take them. Those of logins (`stepUp`) are not among them. */
export function toAccessSettings(settings: Settings): AccessSettings {
  const { credentialLifetime, secretsForAdminsOnly, ipRanges } = settings;
  const { requireWebSession, disableWebKubectl, disableCliKubectl, requireRecording, recordStdin, auditChanges } =
    settings;
  return {
    ...(credentialLifetime !== undefined && { credentialLifetimeMs: parseDuration(credentialLifetime) }),
    ...(requireWebSession !== undefined && { requireWebSession }),
    ...(disableWebKubectl !== undefined && { disableWebKubectl }),
    ...(disableCliKubectl !== undefined && { disableCliKubectl }),
    ...(secretsForAdminsOnly !== undefined && { secretsForAdminsOnly }),
    ...(ipRanges !== undefined && { ipRanges }),
    ...(requireRecording !== undefined && { requireRecording }),
    ...(recordStdin !== undefined && { recordStdin }),
    ...(auditChanges !== undefined && { auditChanges }),
  };
}
