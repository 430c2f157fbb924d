// Shapes of the workspace part of the HTTP API. Lengths in mm, dose in Gy, positions in DICOM patient coordinates (LPS).

export type Vec3 = readonly [number, number, number];
export type View = 'axial' | 'sagittal' | 'coronal';
export const VIEWS: readonly View[] = ['axial', 'sagittal', 'coronal'];

export interface StructureInfo {
  number: number;
  name: string;
  colour: string;
  is_target_like: boolean;
}

/** A grey scale that suits the volume. */
export interface WindowPreset {
  zh: string;
  en: string;
  level: number;
  width: number;
}

/** A regular volume: voxel (i, j, k) has its centre at origin + i·s₀·a₀ + j·s₁·a₁ + k·s₂·a₂. */
export interface Volume {
  size: [number, number, number];
  spacing_mm: [number, number, number];
  origin_mm: Vec3;
  axes: [Vec3, Vec3, Vec3];
  unit: string;
  windows: WindowPreset[];
  structures: StructureInfo[];
}

export type Origin = 'plan' | 'found' | 'added' | 'moved';

export interface Seed {
  number: number;
  centre_mm: Vec3;
  axis: Vec3 | null;
  origin: Origin;
  /** 0 to 1; only for seeds that the finder placed. */
  confidence: number | null;
  /** Name of the needle in the plan; empty when not known. */
  needle: string;
}

export type Edit =
  | { op: 'add'; centre_mm: Vec3; axis?: Vec3 }
  | { op: 'move'; number: number; centre_mm: Vec3 }
  | { op: 'turn'; number: number; axis: Vec3 }
  | { op: 'delete'; number: number }
  | { op: 'restore'; seeds: Seed[] };

export interface IndexValue {
  name: string;
  value: number | null;
  unit: string;
}

export interface StructureResult {
  number: number;
  name: string;
  volume_cm3: number;
  dvh: { dose_gy: number[]; volume_percent: number[] };
  indices: IndexValue[];
}

export interface Finding {
  clause: string;
  structure: string;
  index: string;
  value: number | null;
  unit: string;
  limit_zh: string;
  limit_en: string;
  required: boolean;
  outcome: 'met' | 'not_met' | 'no_evidence';
}

export interface Results {
  structures: StructureResult[];
  findings: Finding[];
  verdict: string | null;
  took_ms: number;
}

export interface Needle {
  number: number;
  from_mm: Vec3;
  to_mm: Vec3;
}

export interface Notice {
  level: string;
  zh: string;
  en: string;
}

/** Something that the dose needs and nobody has given. */
export interface Lack {
  /** The setting to give; null when it is no single one. */
  setting: string | null;
  zh: string;
  en: string;
}

export interface SeedModel {
  name: string;
  length_mm: number;
  diameter_mm: number;
}

export interface Workspace {
  revision: number;
  editable: boolean;
  volume: Volume;
  target: { number: number; name: string } | null;
  prescription_gy: number | null;
  /** Null while nobody has said which. */
  model: SeedModel | null;
  strength_u: number | null;
  formalism: string;
  criteria: { id: string; title_zh: string; title_en: string } | null;
  isodoses_percent: number[];
  seeds: Seed[];
  /** Null while something is missing that the dose needs. */
  results: Results | null;
  missing: Lack[];
  planned: Seed[] | null;
  needles?: Needle[];
  notices: Notice[];
}

export interface EditAnswer {
  revision: number;
  seeds: Seed[];
  results: Results | null;
}

export interface SnapAnswer {
  centre_mm: Vec3;
  axis: Vec3 | null;
  hu: number;
}

export type Line2 = [number, number][];

export interface Outlines {
  structures: { number: number; lines: Line2[] }[];
}

export interface Mesh {
  structures: { number: number; rings: Vec3[][] }[];
}
