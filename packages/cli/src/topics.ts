/** What the commands of a topic are about, by the topic's word. */
export const TOPICS: Readonly<Record<string, string>> = {
  accounts: 'Change between your accounts at a server.',
  agent: 'Run the agent that stands beside a cluster.',
  bindings: 'Give people roles within a scope.',
  clusters: 'Register clusters and look at them.',
  config: 'Look at the settings and the state folder of this command line.',
  groups: 'Put people together.',
  'identity-providers': 'Let people sign in with their own provider.',
  kube: 'Use kubectl through Sallyport.',
  organizations: 'Keep people and clusters apart.',
  profiles: 'Change between servers and accounts that you are logged in to.',
  projects: 'Put clusters together.',
  roles: 'Say what somebody may do.',
  server: 'Run the server.',
  'service-accounts': 'Let machines sign in with API keys.',
  users: 'Look after people.',
  'workload-identities': 'Let machines sign in with tokens of their platform.',
};
