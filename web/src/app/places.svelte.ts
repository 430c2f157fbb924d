// Hospitals and the names of forms: fetched once, for whoever shows them.
import { formShapes, hospitals, type FormShape, type Hospital } from '../api/norms';
import { say } from '../terms/index.svelte';

class Places {
  hospitals = $state.raw<Hospital[]>([]);
  forms = $state.raw<FormShape[]>([]);
  #hospitals: Promise<void> | null = null;
  #forms: Promise<void> | null = null;

  loadHospitals(again = false): Promise<void> {
    if (!this.#hospitals || again) {
      this.#hospitals = hospitals.list().then(
        (list) => void (this.hospitals = list.rows),
        () => void (this.#hospitals = null),
      );
    }
    return this.#hospitals;
  }

  loadForms(): Promise<void> {
    this.#forms ??= formShapes().then(
      (list) => void (this.forms = list.rows),
      () => void (this.#forms = null),
    );
    return this.#forms;
  }

  hospital(id: string | null | undefined): string {
    return id ? (this.hospitals.find((one) => one.id === id)?.name ?? '…') : '';
  }

  /** What a form is called; its key where it is not known. */
  form(name: string): string {
    const found = this.forms.find((one) => one.name === name);
    return found ? say(found.label) : name;
  }

  /** What a code of a form's field is called. */
  code(form: string, field: string, code: string): string {
    const found = this.forms.find((one) => one.name === form)?.fields.find((one) => one.name === field)?.codes.find((one) => one.code === code);
    return found ? say(found.label) : code;
  }

  /** A text of a record that may be a code of one of its fields, in words. */
  text(form: string, text: string): string {
    const codes = this.forms.find((one) => one.name === form)?.fields.flatMap((field) => field.codes) ?? [];
    const found = codes.find((one) => one.code === text);
    return found ? say(found.label) : text;
  }
}

export const places = new Places();
