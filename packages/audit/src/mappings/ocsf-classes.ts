/** A class of OCSF 1.x with the activities that are used of it. */
export interface OcsfClass {
  readonly categoryUid: number;
  readonly categoryName: string;
  readonly classUid: number;
  readonly className: string;
  readonly activities: Readonly<Record<string, number>>;
}

const iam = { categoryUid: 3, categoryName: 'Identity & Access Management' } as const;
const application = { categoryUid: 6, categoryName: 'Application Activity' } as const;

/** The classes that events are mapped to, with the numbers of https://schema.ocsf.io/1.3.0/classes. */
export const OCSF_CLASSES = {
  accountChange: {
    ...iam,
    classUid: 3001,
    className: 'Account Change',
    activities: {
      Create: 1,
      'Password Change': 3,
      'Password Reset': 4,
      Disable: 5,
      Delete: 6,
      Lock: 9,
      'MFA Factor Enable': 10,
      'MFA Factor Disable': 11,
      Other: 99,
    },
  },
  authentication: {
    ...iam,
    classUid: 3002,
    className: 'Authentication',
    activities: { Logon: 1, Logoff: 2, Other: 99 },
  },
  entityManagement: {
    ...iam,
    classUid: 3004,
    className: 'Entity Management',
    activities: { Create: 1, Read: 2, Update: 3, Delete: 4, Other: 99 },
  },
  userAccess: {
    ...iam,
    classUid: 3005,
    className: 'User Access Management',
    activities: { 'Assign Privileges': 1, 'Revoke Privileges': 2, Other: 99 },
  },
  groupManagement: {
    ...iam,
    classUid: 3006,
    className: 'Group Management',
    activities: { Delete: 5, Create: 6, Other: 99 },
  },
  tunnelActivity: {
    categoryUid: 4,
    categoryName: 'Network Activity',
    classUid: 4014,
    className: 'Tunnel Activity',
    activities: { Open: 1, Close: 2, Other: 99 },
  },
  applicationLifecycle: {
    ...application,
    classUid: 6002,
    className: 'Application Lifecycle',
    activities: { Start: 3, Stop: 4, Other: 99 },
  },
  apiActivity: {
    ...application,
    classUid: 6003,
    className: 'API Activity',
    activities: { Create: 1, Read: 2, Update: 3, Delete: 4, Other: 99 },
  },
} as const satisfies Readonly<Record<string, OcsfClass>>;

/** Names of {@link OCSF_CLASSES}. */
export type OcsfClassName = keyof typeof OCSF_CLASSES;
