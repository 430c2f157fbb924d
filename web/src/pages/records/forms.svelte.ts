// Forms, techniques and hospitals: fetched once for the person who is logged in.
import { session } from '../../app/session.svelte';
import { forms as api, hospitals as hospitalsApi, type Form, type Hospital, type Technique } from '../../api/register';
import { say } from '../../terms/index.svelte';

class FormsState {
  all = $state.raw<Form[]>([]);
  techniques = $state.raw<Technique[]>([]);
  hospitals = $state.raw<Hospital[]>([]);
  error = $state.raw<unknown>(null);
  ready = $state(false);
  #of: string | undefined;
  #fetched: Promise<void> | null = null;

  load(again = false): Promise<void> {
    const who = session.account?.id;
    if (!this.#fetched || again || this.#of !== who) {
      this.#of = who;
      this.#fetched = Promise.all([api.list(), hospitalsApi.list()]).then(
        ([forms, hospitals]) => {
          this.all = forms.rows;
          this.techniques = forms.techniques;
          this.hospitals = hospitals.rows;
          this.error = null;
          this.ready = true;
        },
        (error) => {
          this.error = error;
          this.#fetched = null;
        },
      );
    }
    return this.#fetched;
  }

  get(name: string): Form | undefined {
    return this.all.find((one) => one.name === name);
  }

  mayWrite(form: Form): boolean {
    return session.may('write_records') && form.writes.some((role) => session.account?.roles.some((own) => own === role));
  }

  technique(code: string): Technique | undefined {
    return this.techniques.find((one) => one.code === code);
  }

  /** Technique, way and means of a case in words. */
  way(technique: string, route: string, method: string): string[] {
    const of = this.technique(technique);
    const label = (list: { code: string; label: { zh: string; en: string } }[] | undefined, code: string) => {
      const found = list?.find((one) => one.code === code);
      return found ? say(found.label) : code;
    };
    return [of ? say(of.label) : technique, label(of?.routes, route), label(of?.methods, method)].filter(Boolean);
  }

  hospital(id: string | null | undefined): string {
    return this.hospitals.find((one) => one.id === id)?.name ?? '';
  }
}

export const forms = new FormsState();
