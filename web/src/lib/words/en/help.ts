// The sheet of keys, the pickers, and what stands where there is nothing.

export const sheet = {
  title: 'Keys',
  name: 'All keys',
  off: 'Single keys are off. They can be switched on in Settings.',
  groups: {
    list: 'List',
    thread: 'Conversation',
    composer: 'Writing',
    panel: 'Customer and case',
    go: 'Go to',
    window: 'Everywhere',
  } as Record<string, string>,
  close: 'Close',
  then: 'then',
} as const;

export const pickers = {
  saved: 'Saved replies',
  savedHint: 'Find a saved reply',
  savedNone: (q: string) => (q ? `No saved reply matches “${q}”` : 'No saved replies yet'),
  labels: 'Labels',
  labelsHint: 'Find a label',
  labelsNone: (q: string) => (q ? `No label matches “${q}”` : 'No labels yet: a lead adds them in Settings'),
  manage: 'Settings',
} as const;

export const empty = {
  oldestCase: 'Oldest open case',
  opened: (age: string) => `open for ${age}`,
  first: 'Nothing has arrived yet',
  steps: 'Until the first message',
  account: 'An X account is configured',
  token: 'X accepts the account’s token',
  way: 'Posts and messages come in',
  event: 'The first event arrived',
  steps_: { done: 'done', open: 'not yet' },
  help: 'The page Channels says what is missing.',
  gone: 'Not here',
  also: 'Also found',
  next: 'Open the next row',
  all: 'Show the whole list',
} as const;
