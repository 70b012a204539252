/**
 * What a role can allow on Sallyport itself, with what each permission means. A permission counts where the binding of its
 * role reaches: on the installation, on a whole organization, on the clusters of a project, or on single clusters.
 */
export const PERMISSION_CATALOGUE = {
  'installation.read': 'See the settings of the installation. Only on the installation.',
  'installation.update': 'Change the settings of the installation. Only on the installation.',
  'organizations.read': 'See an organization and its settings.',
  'organizations.create': 'Create organizations. Only on the installation.',
  'organizations.update': 'Change the settings of an organization.',
  'organizations.delete': 'Delete an organization with everything in it. Only on the installation.',
  'projects.read': 'See projects.',
  'projects.create': 'Create projects.',
  'projects.update': 'Change projects and their settings.',
  'projects.delete': 'Delete projects that hold no clusters.',
  'clusters.read': 'See clusters.',
  'clusters.create': 'Register clusters.',
  'clusters.update': 'Change, rename and move clusters; share them with projects.',
  'clusters.delete': 'Deregister clusters.',
  'joinTokens.read': 'See which join tokens of a cluster are open.',
  'joinTokens.create': 'Issue join tokens, with which an agent enrols.',
  'joinTokens.revoke': 'Revoke join tokens.',
  'agents.read': 'See the agents of a cluster.',
  'agents.revoke': 'Revoke the certificates of agents.',
  'users.read': 'See people.',
  'users.create': 'Invite local users.',
  'users.update': 'Change and disable people; reset the credentials of local users.',
  'users.delete': 'Remove people.',
  'groups.read': 'See groups and their members.',
  'groups.create': 'Create groups.',
  'groups.update': 'Change groups and their members.',
  'groups.delete': 'Delete groups.',
  'serviceAccounts.read': 'See service accounts.',
  'serviceAccounts.create': 'Create service accounts.',
  'serviceAccounts.update': 'Change and disable service accounts.',
  'serviceAccounts.delete': 'Delete service accounts.',
  'apiKeys.read': 'See the API keys of service accounts, never their secrets.',
  'apiKeys.create': 'Create API keys of service accounts.',
  'apiKeys.revoke': 'Revoke API keys.',
  'workloadIdentities.read': 'See workload identities.',
  'workloadIdentities.create': 'Create workload identities.',
  'workloadIdentities.update': 'Change and disable workload identities.',
  'workloadIdentities.delete': 'Delete workload identities.',
  'identityProviders.read': 'See identity providers, never their secrets.',
  'identityProviders.create': 'Create identity providers.',
  'identityProviders.update': 'Change, test and disable identity providers; issue their SCIM token.',
  'identityProviders.delete': 'Delete identity providers.',
  'roles.read': 'See roles.',
  'roles.create': 'Create custom roles.',
  'roles.update': 'Change custom roles.',
  'roles.delete': 'Delete custom roles.',
  'bindings.read': 'See bindings.',
  'bindings.create': 'Bind roles, never beyond what one holds.',
  'bindings.update': 'Change bindings, never beyond what one holds.',
  'bindings.delete': 'Delete bindings.',
  'accessPolicies.read': 'See access policies.',
  'accessPolicies.create': 'Create access policies.',
  'accessPolicies.update': 'Change access policies.',
  'accessPolicies.delete': 'Delete access policies.',
  'requestPolicies.read': 'See who may ask for which roles, and who reviews.',
  'requestPolicies.create': 'Say who may ask for which roles and who reviews, never beyond what one holds.',
  'requestPolicies.update': 'Change request policies, never beyond what one holds.',
  'requestPolicies.delete': 'Delete request policies.',
  'accessRequests.read': 'See the access requests of others.',
  'accessRequests.review':
    'Review access requests of others, where their request policy leaves it to whoever holds this.',
  'accessRequests.cancel': 'Cancel the access requests of others.',
  'grants.read': 'See the grants of others.',
  'grants.create': 'Grant a role for a while without a request, never beyond what one holds.',
  'grants.revoke': 'Revoke the grants of others.',
  'accessReviews.read': 'See access reviews and their reports.',
  'accessReviews.create': 'Start access reviews.',
  'accessReviews.update': 'Remind the reviewers of access reviews, and close them.',
  'notificationChannels.read': 'See notification channels and what they were sent, never their secrets.',
  'notificationChannels.create': 'Create notification channels.',
  'notificationChannels.update': 'Change and test notification channels, and repeat what they failed to deliver.',
  'notificationChannels.delete': 'Delete notification channels.',
  'loginSessions.read': 'See the login sessions of others.',
  'loginSessions.end': 'End the login sessions of others.',
  'credentials.create': 'Mint a kube credential of one’s own.',
  'credentials.read': 'See the kube credentials of others, never the tokens.',
  'credentials.revoke': 'Revoke the kube credentials of others.',
  'secrets.read':
    'Read the data of Secrets, which is masked for everybody else, also where the settings keep them for administrators.',
  'keys.read': 'See which signing keys there are and how old. Only on the installation.',
  'keys.rotate': 'Rotate signing keys. Only on the installation.',
  'audit.read':
    'Read, export and verify the audit events of the clusters in its scope, and of the organization when that is its scope.',
  'audit.retain': 'Say how long audit events and recordings are kept, and put legal holds on them.',
  'auditSinks.read': 'See where audit events are sent to, never the secrets for it.',
  'auditSinks.create': 'Send audit events to a further place.',
  'auditSinks.update': 'Change where audit events are sent to, and how.',
  'auditSinks.delete': 'Stop sending audit events to a place.',
  'sessions.read': 'Find, watch, search and export the recorded sessions of others.',
  'sessions.terminate': 'End the running sessions of others.',
} as const;

/** What a role can allow on Sallyport itself. */
export type PlatformPermission = keyof typeof PERMISSION_CATALOGUE;

/** Every permission, in the order of the catalogue. */
export const PLATFORM_PERMISSIONS = Object.keys(PERMISSION_CATALOGUE) as readonly PlatformPermission[];

/**
 * What an operation demands. `self`: nothing but a live login session, since it is about the caller alone. `public`: nothing
 * at all.
 */
export type OperationPermission = PlatformPermission | 'self' | 'public';
