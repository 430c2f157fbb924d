// Seed models and criteria packs: compiled into the server, so fetched once.
import { reference, type Criteria, type SeedModel } from '../api';

class Reference {
  models = $state.raw<SeedModel[]>([]);
  criteria = $state.raw<Criteria[]>([]);
  #fetched: Promise<void> | null = null;

  load(): Promise<void> {
    this.#fetched ??= Promise.all([reference.seedModels(), reference.criteria()]).then(
      ([models, criteria]) => {
        this.models = models.rows;
        this.criteria = criteria.rows;
      },
      () => void (this.#fetched = null),
    );
    return this.#fetched;
  }
}

export const referenceData = new Reference();
