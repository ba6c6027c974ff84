// Why a control cannot be used, in words; nothing if it can.
import { session } from '$lib/state/session.svelte';
import { words as w } from '$lib/words';

const role = () => w.settings.roles[session.role] ?? session.role;

export const whyNotWork = () => (session.can.work ? undefined : w.refused.role(role()));
export const whyNoCustomers = () => (session.can.work ? undefined : w.refused.csr(role()));
export const whyNotLead = () => (session.can.lead ? undefined : w.refused.lead);
export const whyNotOperate = () => (['ops', 'admin'].includes(session.role) ? undefined : w.refused.ops);
export const whyNoNewCustomer = () =>
  whyNotWork() ?? (session.data?.org.customer_create ? undefined : w.refused.customerCreate);
