// The right panel: who the person is.
import { many, n } from './count';

export const refused = {
  role: (role: string) => `Your role (${role}) reads only`,
  csr: (role: string) => `Your role (${role}) sees no customers and no cases`,
  lead: 'Leads and admins change this',
  admin: 'Admins change this',
  ops: 'Operators and admins do this',
  customerCreate: 'Your organisation does not let CSRs create customers',
  noTarget: 'Choose a post or message first',
} as const;

export const sections = {
  person: 'Social user',
  customer: 'Customer',
  case: 'Follow up / Case',
  notes: 'Notes',
  interactions: 'Interactions',
} as const;

export const person = {
  verified: 'Verified',
  followers: 'Followers',
  then: (count: string) => `${count} when posted`,
  tweets: 'Tweets',
  ours: 'Tweets on our handle',
  firstSeen: 'First seen',
  joined: 'On X since',
  lang: 'Language',
  place: 'Place',
  protected: 'Protected account',
  former: 'Earlier names',
  labels: 'Labels',
  profile: 'Profile on X',
  noLabels: 'No labels',
  setLabels: 'Change labels',
} as const;

export const attach = {
  act: 'Attach Customer',
  not: 'Not known as a customer yet.',
  field: 'Find a customer',
  hint: 'Name, email or phone',
  short: 'Type at least 2 characters. Each search is logged.',
  searching: 'Searching',
  nothing: (q: string) => `No customer matches “${q}”`,
  found: (count: number) => many(count, 'customer'),
  suggested: (name: string) => `Suggested: same name as “${name}”`,
  suggestion: 'Suggestion',
  handles: 'Also',
  basis: 'How do you know?',
  bases: {
    'told-us': 'They told us',
    'public-profile': 'Public profile',
    consent: 'Consent given',
  } as Record<string, string>,
  evidence: 'Evidence',
  noEvidence: 'No post or message of this person is chosen as evidence',
  go: (name: string) => `Attach ${name}`,
  chooseFirst: 'Choose a customer',
  done: (name: string) => `Attached to ${name}`,
  create: 'New customer',
  createGo: 'Create and choose',
} as const;

export const customer = {
  name: 'Name',
  email: 'Email',
  phone: 'Phone',
  id: 'Customer id',
  ownId: 'Your own id',
  since: 'Customer since',
  by: 'Created by',
  updated: 'Changed',
  handles: 'Linked handles',
  basis: (basis: string, by: string) => `${basis}, by ${by}`,
  open: 'Open cases',
  past: 'Past cases',
  noCases: 'No cases',
  dashboard: 'Open dashboard',
  detach: 'Detach…',
  detachAsk: (who: string, name: string) =>
    `All items of ${who} lose the customer ${name}. Cases and the record of it stay.`,
  detachGo: 'Detach',
  detached: 'Detached',
  masked: 'Email and phone are masked for your role',
  required: 'A customer needs a name',
  saved: 'Customer saved',
} as const;

export const notes = {
  caseNote: (no: number) => `Note of case ${n(no)}`,
  threadNote: 'Note in this conversation',
  hint: 'Only your team sees it',
  save: 'Save note',
  saved: 'Note saved',
  empty: 'Write the note first',
  withCase: 'The note is written with the case above',
  tooLong: (max: number) => `At most ${n(max)} characters`,
  list: 'Notes',
  none: 'No notes yet',
} as const;

export const interactions = {
  none: 'No interactions yet',
  noneWithoutCase: 'Nothing yet. Until a customer is attached, only what belongs to a case is listed here.',
  all: 'All interactions',
  channel: { 'x-post': 'Post', 'x-message': 'Message' } as Record<string, string>,
  inbound: 'from the customer',
  outbound: 'from us',
  withheld: 'You may not read private messages',
  deleted: 'Deleted on X',
  open: 'Open the conversation',
} as const;
