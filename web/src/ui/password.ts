// The rule for a chosen password, as the server has it (docs of `records::account`).
export const LEAST_PASSWORD = 12;

/** The key of what is wrong, or null. Characters are counted, not UTF-16 units. */
export function passwordProblem(password: string, repeated: string): 'ui.password.short' | 'ui.password.differ' | null {
  if ([...password].length < LEAST_PASSWORD) return 'ui.password.short';
  return password === repeated ? null : 'ui.password.differ';
}
