// The small ones: display tables, cache, loading, levels, histograms, review order.
import { describe, expect, it } from 'vitest';
import { ByteCache } from './cache';
import { axisEnd, doseAxis, indexRows, resample, volumeAt } from './dvh';
import { Latest, neighbours } from './latest';
import { apart, onDark, onLight } from './colour';
import { converted, doseOf, fromPercent, inOrder } from './levels';
import { grey, greyTable, paint, rgb, wash } from './lut';
import { doubtful, nextDoubtful, reviewOrder } from './review';
import type { Results, Seed, StructureResult } from './types';

describe('grey table', () => {
  it('maps the window to black and white, linearly between', () => {
    const w = { level: 40, width: 400 };
    expect([grey(-160, w), grey(40, w), grey(240, w), grey(-2000, w), grey(3000, w)]).toEqual([0, 128, 255, 0, 255]);
    const table = greyTable(w);
    const words = new Uint32Array(3);
    paint(Int16Array.from([-32768, 40, 32767]), table, words);
    expect([...words].map((x) => (x >>> 0).toString(16))).toEqual(['ff000000', 'ff808080', 'ffffffff']);
  });
});

describe('colour wash', () => {
  it('is clear below the lowest level and has the colours of the levels at them', () => {
    const words = new Uint32Array(4);
    wash(Float32Array.from([49, 50, 100, 500]), [{ dose: 100, colour: '#ff0000' }, { dose: 50, colour: '#0000ff' }], 0.5, words);
    const [below, low, high, above] = [...words].map((x) => x >>> 0);
    expect([below, low, high, above]).toEqual([0, 0x80ff0000, 0x800000ff, 0x800000ff]);
  });
  it('draws nothing without levels or for what is not a number', () => {
    const words = new Uint32Array([7, 7]);
    wash(Float32Array.from([NaN, 10]), [{ dose: 20, colour: '#ffffff' }], 1, words);
    expect([...words]).toEqual([0, 0]);
  });
  it('reads colours', () => expect([rgb('#102030'), rgb('nonsense')]).toEqual([[16, 32, 48], [255, 255, 255]]));
});

describe('cache', () => {
  it('forgets what was used longest ago when the bytes run out', () => {
    const cache = new ByteCache<string>(10, (s) => s.length);
    cache.set('a', '1234');
    cache.set('b', '1234');
    cache.get('a');
    cache.set('c', '1234');
    expect([cache.has('a'), cache.has('b'), cache.has('c'), cache.bytes]).toEqual([true, false, true, 8]);
    cache.set('c', '12');
    expect(cache.bytes).toBe(6);
    cache.set('huge', '12345678901');
    expect([cache.has('huge'), cache.size]).toEqual([false, 2]);
  });
});

describe('latest', () => {
  function loader() {
    const open = new Map<string, { resolve: (v: string) => void; signal: AbortSignal }>();
    const stream = new Latest<string>(new ByteCache(1000, (s) => s.length), (key, signal) => new Promise((resolve, reject) => {
      open.set(key, { resolve, signal });
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    }));
    return { stream, open };
  }
  const turn = () => new Promise((resolve) => setTimeout(resolve));

  it('gives up an older wish', async () => {
    const { stream, open } = loader();
    const first = stream.want('1');
    const second = stream.want('2');
    expect(open.get('1')?.signal.aborted).toBe(true);
    open.get('2')?.resolve('two');
    expect(await Promise.all([first, second])).toEqual([null, 'two']);
  });

  it('loads neighbours one by one afterwards, and takes over one that is wanted meanwhile', async () => {
    const { stream, open } = loader();
    const first = stream.want('1', ['2', '3']);
    open.get('1')?.resolve('one');
    await first;
    await turn();
    expect([open.has('2'), open.has('3')]).toEqual([true, false]);
    const second = stream.want('2');
    expect(open.get('2')?.signal.aborted).toBe(false);
    open.get('2')?.resolve('two');
    expect(await second).toBe('two');
    await turn();
    expect(open.has('3')).toBe(false);
    expect(stream.peek('2')).toBe('two');
  });

  it('reports a failure of what is wanted', async () => {
    const stream = new Latest<string>(new ByteCache(10, () => 1), () => Promise.reject(new Error('gone')));
    await expect(stream.want('x')).rejects.toThrow('gone');
  });

  it('looks ahead in the direction of travel, within the volume', () => {
    expect(neighbours(5, 8, 1)).toEqual([6, 7, 4, 3]);
    expect(neighbours(5, 20, -1, 2)).toEqual([4, 3, 6]);
  });
});

describe('colours', () => {
  it('are lightened on images and darkened on white only as far as they need to be', () => {
    expect(onDark('#ff8844')).toBe('#ff8844');
    expect(apart(onDark('#0000ff'), '#000000')).toBeGreaterThan(0.6);
    expect(onLight('#0000ff')).toBe('#0000ff');
    expect(apart(onLight('#ffff00'), '#ffffff')).toBeGreaterThan(apart('#ffff00', '#ffffff'));
  });
});

describe('levels', () => {
  const usual = [200, 150, 100, 75, 50];
  // Machado, Oliveira and Fernandes 2009, severity 1
  const eyes = {
    all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
    protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  };
  for (const [who, seen] of Object.entries(eyes))
    it(`are told apart: ${who}`, () => {
      const colours = fromPercent(usual).map((l) => l.colour);
      const nearest = colours.flatMap((a, i) => colours.slice(i + 1).map((b) => apart(a, b, seen)));
      expect(Math.min(...nearest)).toBeGreaterThan(0.1);
    });
  it('leave a colour to the structure that has it, and the prescription stays white', () => {
    const levels = fromPercent(usual, ['#ff0000', '#50b0ff', '#ffff00']);
    expect(levels.find((l) => l.value === 100)?.colour).toBe('#ffffff');
    expect(levels.map((l) => l.colour)).not.toContain('#4fb3ff');
    for (const { colour } of levels) for (const s of ['#ff0000', '#50b0ff', '#ffff00']) expect(apart(colour, s)).toBeGreaterThan(0.1);
    expect(new Set(levels.map((l) => l.colour)).size).toBe(5);
  });
  it('stand from high to low in either unit', () => {
    const levels = fromPercent([50, 200, 100]);
    expect(levels.map((l) => l.value)).toEqual([200, 100, 50]);
    const gy = converted({ value: 75, unit: '%', colour: '#fff', on: true }, 'Gy', 145);
    expect([gy.value, gy.unit, doseOf(gy, 145)]).toEqual([108.8, 'Gy', 108.8]);
    expect(inOrder(levels, 0)).toEqual([]);
    expect(inOrder([...levels, gy, { ...gy, value: NaN }], 145).map((l) => doseOf(l, 145))).toEqual([290, 145, 108.8, 72.5]);
  });
});

const structure = (name: string, value: number | null): StructureResult => ({
  number: 1, name, volume_cm3: 10, dvh: { dose_gy: [0, 100, 200], volume_percent: [100, 50, 0] }, indices: [{ name: 'D90', value, unit: 'Gy' }],
});
const outcome = (s: StructureResult[]): Results => ({
  structures: s, verdict: null, took_ms: 0,
  findings: [
    { clause: 'c', structure: 'CTV', index: 'D90', value: 1, unit: 'Gy', limit_zh: '≥', limit_en: '≥', required: true, outcome: 'not_met' },
    { clause: 'd', structure: 'Rectum', index: 'D2cc', value: null, unit: 'Gy', limit_zh: '', limit_en: '', required: false, outcome: 'no_evidence' },
  ],
});

describe('histograms', () => {
  it('are linear between points and end at zero', () => {
    const { dvh } = structure('CTV', 1);
    expect([volumeAt(dvh, -1), volumeAt(dvh, 50), volumeAt(dvh, 100), volumeAt(dvh, 201)]).toEqual([100, 75, 50, 0]);
    expect(volumeAt({ dose_gy: [], volume_percent: [] }, 1)).toBeNull();
    expect(resample(structure('CTV', 1), doseAxis(200, 4))).toEqual([100, 75, 50, 25, 0]);
    expect(axisEnd([structure('CTV', 1)], 100)).toBe(200);
    expect(axisEnd([structure('CTV', 1)], 50)).toBe(150);
  });
  it('carry the judgement and the change of each index, and findings without an index', () => {
    const rows = indexRows(outcome([structure('CTV', 120)]), outcome([structure('CTV', 118.5)]));
    expect(rows.map((r) => [r.structure, r.index, r.change, r.outcome, r.required])).toEqual([
      ['CTV', 'D90', 1.5, 'not_met', true],
      ['Rectum', 'D2cc', null, 'no_evidence', false],
    ]);
    expect(indexRows(outcome([structure('CTV', null)]), null)[0]?.change).toBeNull();
  });
});

describe('review', () => {
  const seed = (number: number, confidence: number | null, origin: Seed['origin'] = 'found'): Seed => ({ number, confidence, origin, centre_mm: [0, 0, 0], axis: null, needle: '' });
  const list = [seed(1, 0.95), seed(2, 0.7), seed(3, 0.6), seed(4, 0.55, 'moved'), seed(5, null)];
  it('puts the least sure first and leaves out what somebody changed', () => {
    expect(reviewOrder(list, new Set()).map((s) => s.number)).toEqual([3, 2, 1, 4, 5]);
    expect(reviewOrder(list, new Set([3])).map((s) => s.number)).toEqual([2, 1, 3, 4, 5]);
    expect(list.filter((s) => doubtful(s, new Set())).map((s) => s.number)).toEqual([2, 3]);
  });
  it('walks through all of them and ends', () => {
    expect(nextDoubtful(list, new Set(), null)?.number).toBe(3);
    expect(nextDoubtful(list, new Set(), 3)?.number).toBe(2);
    expect(nextDoubtful(list, new Set([3]), 2)?.number).toBe(2);
    expect(nextDoubtful(list, new Set([2, 3]), 2)).toBeNull();
  });
});
