// What was typed into a form that was closed without saving: kept until it is saved or thrown away, for this person and this page
// only. Nothing of a patient goes into the browser's storage.
import type { Draft } from './model';

const kept = new Map<string, Draft>();

export const keyOf = (...parts: string[]) => parts.join(' ');
export const drafts = {
  take: (key: string): Draft | null => structuredClone(kept.get(key) ?? null),
  keep: (key: string, draft: Draft) => void kept.set(key, structuredClone(draft)),
  drop: (key: string) => void kept.delete(key),
};
