import { describe, expect, it } from 'vitest';
import { casesOf, daysOf, percent, spanOf } from './period';

describe('periods', () => {
  it('end today where they run', () => {
    expect(daysOf('year', '2026-11-25')).toEqual({ from: '2026-01-01', to: '2026-11-25' });
    expect(daysOf('quarter', '2026-11-25')).toEqual({ from: '2026-10-01', to: '2026-11-25' });
    expect(daysOf('last_year', '2026-11-25')).toEqual({ from: '2025-01-01', to: '2025-12-31' });
  });

  it('know the quarter before the first of a year', () => {
    expect(daysOf('last_quarter', '2026-02-03')).toEqual({ from: '2025-10-01', to: '2025-12-31' });
    expect(daysOf('last_quarter', '2026-07-01')).toEqual({ from: '2026-04-01', to: '2026-06-30' });
  });

  it('read parts, with leap years', () => {
    expect(spanOf('2024-02')).toEqual({ from: '2024-02-01', to: '2024-02-29' });
    expect(spanOf('2026-Q3')).toEqual({ from: '2026-07-01', to: '2026-09-30' });
    expect(spanOf('2025')).toEqual({ from: '2025-01-01', to: '2025-12-31' });
    expect(spanOf('01a2')).toBeNull();
  });
});

describe('the cases of a part', () => {
  const query = 'hospital=a,b&by=discharged&from=2026-01-15&to=2026-03-20&all=x,y';
  it('lie in the part and in the period', () => {
    expect(casesOf(query, 'month', '2026-01')).toBe('hospital=a,b&by=discharged&from=2026-01-15&to=2026-01-31&all=x,y');
    expect(casesOf(query, 'month', '2026-03')).toContain('from=2026-03-01&to=2026-03-20');
    expect(casesOf(query, 'whole', '')).toBe(query);
  });
  it('are those of one person or hospital', () => {
    expect(casesOf(query, 'operator', 'p1')).toBe(`${query}&operator=p1`);
    expect(casesOf(query, 'hospital', 'b')).toContain('hospital=b&');
    expect(casesOf(query, 'operator', '')).toBeNull();
  });
});

describe('percent', () => {
  it('has one digit, and a dash where there is none', () => {
    expect(percent(6 / 7)).toBe('85.7 %');
    expect(percent(0)).toBe('0.0 %');
    expect(percent(null)).toBe('—');
  });
});
