// Why a control cannot be used, in words; nothing if it can.
import { session } from '$lib/state/session.svelte';
import { panelWords as w } from '$lib/words.panel';

const role = () => w.settings.roles[session.role] ?? session.role;

export const whyNotWork = () => (session.can.work ? undefined : w.why.role(role()));
export const whyNoCustomers = () => (session.can.work ? undefined : w.why.csr(role()));
export const whyNotLead = () => (session.can.lead ? undefined : w.why.lead);
export const whyNotOperate = () => (['ops', 'admin'].includes(session.role) ? undefined : w.why.ops);
export const whyNoNewCustomer = () =>
  whyNotWork() ?? (session.data?.org.customer_create ? undefined : w.why.customerCreate);
