import { describe, expect, it } from 'vitest';
import type { IndicatorFigure } from '../../api/norms';
import { changes, lackOf, ratio } from './compare';

const figure = (numerator: number | null, denominator: number | null): IndicatorFigure =>
  ({ part: '', name: '', numerator, denominator, value: null, interval: null, missing: null });

describe('a report against now', () => {
  const then = [{ code: 'a', numerator: 3, denominator: 4 }, { code: 'b', numerator: 1, denominator: 4 }, { code: 'c', numerator: null, denominator: null }];
  it('tells what changed', () => {
    const now = [{ code: 'a', figures: [figure(3, 4)] }, { code: 'b', figures: [figure(1, 5)] }, { code: 'c', figures: [figure(null, null)] }];
    expect(changes(then, now).map((one) => [one.code, one.now.denominator])).toEqual([['b', 5]]);
  });
  it('sees a code that is gone', () => {
    expect(changes(then, []).map((one) => one.code)).toEqual(['a', 'b']);
  });
});

it('says why there is no value', () => {
  expect(lackOf({ value: 0, missing: null }, false)).toBeNull();
  expect(lackOf({ value: null, missing: 'overlap' }, false)).toBe('overlap');
  expect(lackOf({ value: null, missing: null }, false)).toBe('nothing');
  expect(lackOf(undefined, true)).toBe('definition');
  expect(ratio({ numerator: 1, denominator: null })).toBe('—');
});
