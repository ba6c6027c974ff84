// Top bar, rail, palette, and what the server's answers are called.

export const app = {
  name: 'earshot',
  title: (active: number, page: string) =>
    `${active ? `(${active}) ` : ''}${page ? `${page} · ` : ''}earshot`,
} as const;

export const error = {
  offline: 'The server cannot be reached. Try again in a moment.',
  server: (status: number) => `The server could not do that (${status}). Nothing was changed; try again.`,
  unknown: 'That did not work, and the server did not say why. Try again.',
  retry: 'Retry',
  gone: 'This conversation is not there any more, or you may not see it.',
} as const;

export const status = { open: 'Open', draft: 'Draft', closed: 'Done' } as const;

export const region = {
  top: 'Overview',
  rail: 'Views',
  list: 'Social feed list',
  centre: 'Conversation',
  said: 'What was written',
  views: 'Feeds and Messages',
  right: 'Social CSR action',
  notices: 'Notices',
  resizeList: 'Width of the list',
  resizeRight: 'Width of the action panel',
  toList: 'Skip to the list',
} as const;

export const tiles = {
  active: 'Active',
  done: 'Done today',
  x: 'X today',
  feeds: 'Feeds',
  messages: 'Messages',
  open: 'Open',
  draft: 'Draft',
  posts: 'Posts',
  replies: 'Replies',
  quotes: 'Quotes',
  reposts: 'Reposts',
  asOf: (time: string, ago: string) => `As of ${time}, ${ago} ago`,
  zone: (zone: string) => `Days are those of ${zone}`,
  notCounted: 'Not counted',
  deleted: 'Deleted on X',
  byRule: 'Closed by rule',
  unknown: '–',
} as const;

export const search = {
  label: 'Search',
  hint: 'Search name, text, case',
  nothing: (q: string) => `Nothing found for “${q}”`,
} as const;

export const live = {
  live: 'Live',
  late: 'Catching up',
  catchingUp: (s: string) => `Catching up ${s}`,
  offline: (time: string) => `Offline since ${time}`,
  behind: 'What comes in and what you do is passed on late. Nothing is lost.',
} as const;

export const menu = {
  open: 'You',
  signOut: 'Sign out',
  notOut: (why: string) => `Still signed in: ${why}`,
  settings: 'Settings',
  theme: 'Theme',
  palette: 'All actions',
} as const;

export const views = {
  all: 'All',
  mine: 'Mine',
  unassigned: 'Unassigned',
  'follow-up': 'Follow up',
  'case-closed': 'Case closed, feed active',
  snoozed: 'Snoozed',
  'not-sent': 'Not sent',
  hidden: 'Hidden by rule',
  channels: 'Channels',
  settings: 'Settings',
} as const;

export const palette = {
  label: 'All actions',
  hint: 'Type what you want to do',
  none: 'No such action',
} as const;

export const act = {
  nextRow: 'Next row',
  previousRow: 'Previous row',
  openRow: 'Open the row',
  toList: 'Back to the list',
  toSearch: 'Search',
  selectRow: 'Select the row',
  reply: 'Reply',
  note: 'Note',
  feeds: 'Feeds of this person',
  messages: 'Messages of this person',
  nextTarget: 'Next target',
  previousTarget: 'Previous target',
  done: 'Done',
  undo: 'Undo',
  reopen: 'Reopen',
  assignMe: 'Assign to me',
  assign: 'Assign to…',
  snooze: 'Snooze',
  label: 'Label',
  why: 'Why this rank',
  apply: 'Show what is new',
  goActive: 'Go to Active',
  goDone: 'Go to Done',
  goMine: 'Go to Mine',
  goUnassigned: 'Go to Unassigned',
  list: 'Show or hide the list',
  panel: 'Show or hide the action panel',
  tile: (name: string) => `Open ${name}`,
  send: 'Send',
  sendDone: 'Send and Done',
  noSaved: 'Notes have no saved replies',
  leaveField: 'Leave the field, the draft is kept',
  palette: 'All actions',
  regions: 'Next region',
  noRow: 'Choose a row first',
  noThread: 'Open a conversation first',
} as const;

export const notify = {
  failed: 'A reply was not sent',
  mine: (who: string) => `${who} wrote again`,
} as const;
