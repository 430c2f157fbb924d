// Every page: its path and how it is fetched. Pages come in chunks of their own, so that the first paint is small.
import type { Component } from 'svelte';
import type { Action } from '../api';

type Load = () => Promise<{ default: Component<any> }>;
export interface Route {
  path: string;
  load: Load;
  /** what one must be allowed to do to see it */
  needs?: Action;
  /** takes the whole window, without the bar */
  bare?: boolean;
}

export const routes: Record<string, Route> = {
  today: { path: '/', load: () => import('../pages/today/Today.svelte') },
  worklist: { path: '/cases', load: () => import('../pages/worklist/Worklist.svelte'), needs: 'read_cases' },
  case: { path: '/cases/:id', load: () => import('../pages/case/Case.svelte'), needs: 'read_cases' },
  verification: { path: '/verifications/:id', load: () => import('../pages/verification/Verification.svelte'), needs: 'read_cases' },
  workspace: { path: '/verifications/:id/workspace', load: () => import('../pages/verification/WorkspacePage.svelte'), needs: 'read_cases', bare: true },
  counted: { path: '/counted', load: () => import('../pages/indicators/CountedPage.svelte'), needs: 'read_cases' },
  norms: { path: '/norms', load: () => import('../pages/norms/Norms.svelte'), needs: 'read_register' },
  indicators: { path: '/indicators', load: () => import('../pages/indicators/Indicators.svelte'), needs: 'read_indicators' },
  hospitals: { path: '/hospitals', load: () => import('../pages/hospitals/Hospitals.svelte'), needs: 'read_register' },
  hospital: { path: '/hospitals/:id', load: () => import('../pages/hospitals/Hospital.svelte'), needs: 'read_register' },
  staff: { path: '/people', load: () => import('../pages/people/Staff.svelte'), needs: 'read_register' },
  member: { path: '/people/:id', load: () => import('../pages/people/StaffPage.svelte'), needs: 'read_register' },
  lots: { path: '/lots', load: () => import('../pages/sources/Lots.svelte'), needs: 'read_sources' },
  stock_take: { path: '/lots/stock-take', load: () => import('../pages/sources/StockTake.svelte'), needs: 'read_sources' },
  lot: { path: '/lots/:id', load: () => import('../pages/sources/LotPage.svelte'), needs: 'read_sources' },
  record: { path: '/records/:id', load: () => import('../pages/records/RecordPage.svelte'), needs: 'read_register' },
  incident: { path: '/incidents/:id', load: () => import('../pages/sources/Emergency.svelte'), needs: 'read_sources' },
  // its parts ask for what each of them needs
  exchange: { path: '/exchange', load: () => import('../pages/exchange/Exchange.svelte') },
  accounts: { path: '/accounts', load: () => import('../pages/accounts/Accounts.svelte'), needs: 'read_accounts' },
  audit: { path: '/audit', load: () => import('../pages/audit/Audit.svelte'), needs: 'read_ledger' },
  profile: { path: '/profile', load: () => import('../pages/profile/Profile.svelte') },
};

export const patterns = Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, route.path]));
