// Requests of the stock take of a safe.
import { get, post, query } from './client';
import type { FormRecord } from './register';
import type { Both } from './types';

export interface StockLot { lot: string; number: string; manufacturer: string; model: string; count: number; seeds: string }
export interface Stock { hospital: string; safe: string; safes: { name: string; seeds: number }[]; lots: StockLot[]; expected: number }
export interface CountedLot {
  lot: string; number: string; manufacturer: string; model: string; expected: number; expected_seeds: string; counted: number;
  counted_seeds: string; unnumbered: number; missing: string; extra: string; difference: number; findings: Both[];
}
export interface Counted {
  hospital: string; safe: string; lots: CountedLot[]; unknown: Both[]; unreadable: { line: number; says: Both }[];
  expected: number; counted: number; difference: number; agrees: boolean;
}

export const stockTake = {
  read: (asked: { hospital: string; safe: string }, signal?: AbortSignal) => get<Stock>(`/stock-take${query(asked)}`, signal),
  count: (hospital: string, safe: string, codes: string, signal?: AbortSignal) =>
    post<Counted>('/stock-take/count', { ...(hospital && { hospital }), safe, codes }, signal ? { signal } : {}),
  save: (hospital: string, body: { safe: string; codes: string; expected: number; explained: string; by: string[] }) =>
    post<FormRecord>('/stock-take', { ...(hospital && { hospital }), ...body }),
};
