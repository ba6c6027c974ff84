// The list, what is done with its rows, and why they rank where they do.
import { many, n } from './count';

export const list = {
  active: 'Active',
  done: 'Done',
  kinds: { all: 'All', feeds: 'Feeds', messages: 'Messages' },
  kind: 'Which panel',
  sort: 'Order',
  sorts: { priority: 'Priority', waiting: 'Longest waiting', newest: 'Newest' },
  head: (items: number, threads: number) => `${many(items, 'item')} in ${many(threads, 'thread')}`,
  more: (items: number) => `${n(items)}+ items`,
  loaded: (head: string) => `Loaded so far: ${head}`,
  filter: 'Filter',
  label: 'Label',
  lang: 'Language',
  assignee: 'Assigned to',
  handle: 'Our account',
  image: 'Picture in it',
  withImage: 'With a picture',
  any: 'Any',
  clear: 'Clear',
  dayPosted: (day: string) => `Posted on ${day}`,
  dayClosed: (day: string) => `Done on ${day}`,
  search: (q: string) => `“${q}”`,
  view: {
    save: 'Save view',
    name: 'Name of the view',
    rename: 'Rename',
    remove: 'Delete',
    of: (act: string, name: string) => `${act}: ${name}`,
    sure: (name: string) => `Delete “${name}” for everybody?`,
    gone: {
      label: 'The label of this view was deleted: nothing has it.',
      assignee: 'Whom this view is of works here no more: nothing is theirs.',
      handle: 'The account of this view is not configured any more.',
    } as Record<string, string>,
  },
  held: (added: number, changed: number) =>
    [added ? `${n(added)} new` : '', changed ? `${n(changed)} changed` : ''].filter(Boolean).join(', ') ||
    'Tidy up',
  apply: 'Show what is new',
  left: 'no longer in this list',
  done_: 'done',
  folded: (snoozed: number, hidden: number) =>
    [snoozed ? `${n(snoozed)} snoozed` : '', hidden ? `${n(hidden)} hidden` : ''].filter(Boolean).join(', '),
  until: (time: string) => `until ${time}`,
  unread: 'Not opened yet',
  doneBy: (name: string) => `done by ${name}`,
  priority: (score: string) => `Priority ${score}`,
  waiting: 'Waiting',
  soon: 'soon',
  late: 'late',
  case: (no: number) => `Case ${no}`,
  count: (count: number) => many(count, 'item'),
  again: 'active again',
  byRule: (rule: string) => `by rule ${rule}`,
  hiddenBy: (rule: string) => `Hidden by ${rule}`,
  restore: 'Restore',
  reposts: (count: number) => many(count, 'repost'),
  draft: (names: string) => `${names} ${names.includes(',') ? 'have' : 'has'} a draft`,
  views: (name: string) => `${name} looks at this`,
  replies: (name: string) => `${name} is replying`,
  idle: (name: string) => `${name} is away from it`,
  noText: {
    deleted: 'Deleted on X',
    withheld: 'You may not read private messages',
    cut: '',
    unknown: 'Not fetched yet',
    shown: '',
  },
  picture: 'Picture',
  select: (name: string) => `Select ${name}`,
  selected: (count: number) => `${n(count)} selected`,
  none: 'Select none',
  loading: 'Loading the list',
  empty: {
    never: 'Nothing has arrived yet',
    active: 'All answered',
    activeDone: (count: number) => `${many(count, 'item')} done today`,
    doneToday: 'Nothing done yet',
    filter: 'Nothing here with this filter',
    search: (q: string) => `Nothing found for “${q}” in this list`,
    clear: 'Clear the filter',
  },
} as const;

export const bulk = {
  done: 'Done',
  confirm: (items: number, silent: number) =>
    silent ? `Closes ${many(items, 'item')}, ${n(silent)} without a case` : `Closes ${many(items, 'item')}`,
  go: 'Close them',
  result: (done: number, failed: number) =>
    failed
      ? `${many(done, 'thread')} done, ${n(failed)} not: they stay selected`
      : `${many(done, 'thread')} done`,
  placed: (what: string, done: number, failed: number) =>
    failed ? `${what}: ${many(done, 'thread')}, ${n(failed)} not` : `${what}: ${many(done, 'thread')}`,
  assign: 'Assign',
  label: 'Label',
  cancel: 'Cancel',
} as const;

export const work = {
  done: (count: number) => `${many(count, 'item')} done`,
  doneLeft: (count: number, left: number) =>
    `${many(count, 'item')} done. ${many(left, 'new message arrived', 'new messages arrived')}, still active`,
  notDone: (why: string) => `Not done: ${why}`,
  reopened: 'Active again',
  undo: 'Undo',
  undone: 'Taken back',
  you: 'you',
  assigned: (name: string) => `Assigned to ${name}`,
  unassigned: 'Assigned to nobody',
  nobody: 'Nobody',
  assignTo: 'Assign to',
  snooze: 'Snooze until',
  snoozed: 'Snoozed',
  woken: 'No longer snoozed',
  wake: 'Wake now',
  labelled: 'Labels changed',
  restored: 'Back in the list',
  later: {
    hour: 'In an hour',
    afternoon: 'In four hours',
    tomorrow: 'Tomorrow at 9',
    monday: 'Next Monday at 9',
  },
} as const;

export const acts = {
  done: 'Done',
  assignMe: 'Assign to me',
  assign: 'Assign',
  snooze: 'Snooze',
  label: 'Label',
  reopen: 'Reopen',
  why: 'Why this rank',
} as const;

export const why = {
  title: 'Why it ranks here',
  score: (score: string) => `Priority ${score}`,
  terms: {
    waiting: 'Waiting',
    followers: 'Followers',
    verified: 'Verified',
    // The word alone is no verdict.
    negative: 'Negative?',
    question: 'Question',
    urgent_words: 'Urgent words',
    private: 'Private message',
    open_case: 'Open case',
    sla: 'Waits past the target',
  } as Record<string, string>,
  waiting: (time: string) => `${time} waiting`,
  followers: (count: number) =>
    `${new Intl.NumberFormat(undefined, { notation: 'compact' }).format(count)} followers`,
  loading: 'Asking',
  close: 'Close',
} as const;
