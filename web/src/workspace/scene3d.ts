// The 3-D view: contours as rings, seeds as capsules, needles as lines. A chunk of its own; nothing else needs three.js.

import {
  AmbientLight, BufferGeometry, CapsuleGeometry, Color, DirectionalLight, DynamicDrawUsage, Float32BufferAttribute, Group,
  InstancedMesh, LineBasicMaterial, LineSegments, Matrix4, MeshLambertMaterial, OrthographicCamera, Quaternion, Scene,
  SphereGeometry, Vector3, WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { Mesh, Needle, Seed, SeedModel, StructureInfo, Vec3 } from './pure/types';

const UP = new Vector3(0, 1, 0);

export interface Shown {
  seeds: readonly Seed[];
  selected: number | null;
  doubtful: (seed: Seed) => boolean;
  hidden: ReadonlySet<number>;
  needles: readonly Needle[];
  showNeedles: boolean;
}

export class Scene3d {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new OrthographicCamera(-1, 1, 1, -1, -2000, 2000);
  readonly #controls: OrbitControls;
  readonly #rings = new Map<number, LineSegments>();
  readonly #needles = new Group();
  #capsules: InstancedMesh | null = null;
  #balls: InstancedMesh | null = null;
  #frame = 0;
  #waiting = 0;
  #reach = 60;

  /** Throws when the browser gives no WebGL. */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly model: SeedModel,
    centre: Vec3,
  ) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: true });
    this.#renderer.setClearColor(0x05080a);
    this.#scene.add(new AmbientLight(0xffffff, 1.4));
    const sun = new DirectionalLight(0xffffff, 2.2);
    this.#camera.add(sun);
    sun.position.set(0.4, 0.7, 1);
    this.#scene.add(this.#camera, this.#needles);
    // From the front, head up: the patient's right is at the left, as on the coronal slice.
    this.#camera.up.set(0, 0, 1);
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.target.set(...(centre as [number, number, number]));
    this.#camera.position.set(centre[0] + 60, centre[1] - 180, centre[2] + 60);
    this.#controls.addEventListener('change', () => this.ask());
    this.#controls.update();
  }

  resize(width: number, height: number): void {
    const half = this.#reach * 1.15;
    const aspect = width / Math.max(height, 1);
    const [x, y] = aspect > 1 ? [half * aspect, half] : [half, half / aspect];
    Object.assign(this.#camera, { left: -x, right: x, top: y, bottom: -y });
    this.#camera.updateProjectionMatrix();
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2));
    this.#renderer.setSize(width, height, false);
    this.ask();
  }

  /** The rings of all structures; the view is sized for the target, or for all of them. */
  setMesh(mesh: Mesh, structures: readonly StructureInfo[], target: number | null): void {
    for (const { number, rings } of mesh.structures) {
      const info = structures.find((s) => s.number === number);
      const points: number[] = [];
      for (const ring of rings)
        ring.forEach((p, i) => {
          const q = ring[(i + 1) % ring.length];
          if (q) points.push(...p, ...q);
        });
      const geometry = new BufferGeometry();
      geometry.setAttribute('position', new Float32BufferAttribute(points, 3));
      const material = new LineBasicMaterial({ color: new Color(info?.colour ?? '#888888'), transparent: true, opacity: number === target ? 0.6 : 0.28 });
      const lines = new LineSegments(geometry, material);
      this.#rings.set(number, lines);
      this.#scene.add(lines);
      if (number === target) {
        geometry.computeBoundingSphere();
        this.#reach = Math.max(20, (geometry.boundingSphere?.radius ?? 40) * 1.35);
      }
    }
    this.ask();
  }

  update(shown: Shown): void {
    for (const [number, lines] of this.#rings) lines.visible = !shown.hidden.has(number);
    this.#placeSeeds(shown);
    this.#needles.clear();
    if (shown.showNeedles) {
      const geometry = new BufferGeometry();
      geometry.setAttribute('position', new Float32BufferAttribute(shown.needles.flatMap((n) => [...n.from_mm, ...n.to_mm]), 3));
      this.#needles.add(new LineSegments(geometry, new LineBasicMaterial({ color: 0x9fb6cf, transparent: true, opacity: 0.7 })));
    }
    this.#askSoon();
  }

  #placeSeeds({ seeds, selected, doubtful }: Shown): void {
    const known = seeds.filter((s) => s.axis !== null);
    const unknown = seeds.filter((s) => s.axis === null);
    const { length_mm: l, diameter_mm: d } = this.model;
    this.#capsules = this.#fill(this.#capsules, known, selected, doubtful, () => new CapsuleGeometry(d / 2, Math.max(l - d, 0.01), 4, 10));
    this.#balls = this.#fill(this.#balls, unknown, selected, doubtful, () => new SphereGeometry(d * 0.9, 12, 8));
  }

  #fill(old: InstancedMesh | null, seeds: readonly Seed[], selected: number | null, doubtful: (s: Seed) => boolean, shape: () => BufferGeometry): InstancedMesh {
    let mesh = old;
    if (!mesh || mesh.instanceMatrix.count < seeds.length) {
      if (mesh) {
        this.#scene.remove(mesh);
        mesh.geometry.dispose();
        mesh.dispose();
      }
      mesh = new InstancedMesh(shape(), new MeshLambertMaterial(), Math.max(64, seeds.length * 2));
      mesh.instanceMatrix.setUsage(DynamicDrawUsage);
      mesh.frustumCulled = false;
      this.#scene.add(mesh);
    }
    const place = new Matrix4();
    const turn = new Quaternion();
    seeds.forEach((seed, i) => {
      const bold = seed.number === selected ? 1.8 : 1;
      turn.setFromUnitVectors(UP, seed.axis ? new Vector3(...seed.axis).normalize() : UP);
      mesh.setMatrixAt(i, place.compose(new Vector3(...seed.centre_mm), turn, new Vector3(bold, 1, bold)));
      mesh.setColorAt(i, new Color(seed.number === selected ? '#ff5c96' : doubtful(seed) ? '#ffb020' : '#35e0ff'));
    });
    mesh.count = seeds.length;
    mesh.instanceMatrix.needsUpdate = true;
    if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
    return mesh;
  }

  /** Turns by steps of 15°, for buttons and keys. */
  turn(right: number, up: number): void {
    const out = this.#camera.position.clone().sub(this.#controls.target);
    const step = Math.PI / 12;
    out.applyAxisAngle(this.#camera.up, -right * step);
    const side = new Vector3().crossVectors(out, this.#camera.up).normalize();
    const lifted = out.clone().applyAxisAngle(side, up * step);
    const pole = Math.abs(lifted.clone().normalize().dot(this.#camera.up));
    this.#camera.position.copy(this.#controls.target).add(pole < 0.98 ? lifted : out);
    this.#controls.update();
    this.ask();
  }

  zoom(factor: number): void {
    this.#camera.zoom = Math.min(20, Math.max(0.2, this.#camera.zoom * factor));
    this.#camera.updateProjectionMatrix();
    this.ask();
  }

  /** Slices and figures come first: where there is no graphics card, a picture of the scene takes longer than all of them. */
  #askSoon(): void {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.ask(), 250);
  }

  ask(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#renderer.render(this.#scene, this.#camera);
    });
  }

  dispose(): void {
    clearTimeout(this.#waiting);
    cancelAnimationFrame(this.#frame);
    this.#controls.dispose();
    this.#scene.traverse((o) => {
      if (o instanceof LineSegments || o instanceof InstancedMesh) o.geometry.dispose();
    });
    this.#renderer.dispose();
  }
}
